"""Images in a registry, for clusters that pull: the same bytes as on the lab's node, locked by the digest they have there."""

import ipaddress
import json
import os
import re
import tarfile
import tempfile
from pathlib import Path

from components.errors import FactoryError
from host import debian
from host.cache import REPOSITORY
from host.progress import Progress
from host.shell import run
from image_build import base, workloads
from image_build.base import Base

LOCK = REPOSITORY / "images" / "lock.json"
"""Where the stacks of a target with a registry find the images' digests."""
REPOSITORY_NAME = "workloads"
# A host, which has a port, a dot or is localhost, then folders: what every registry takes.
REGISTRY = re.compile(
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)


def check(registry: str) -> str:
    """`registry` as it was given. Raises FactoryError where it cannot be one."""
    if REGISTRY.fullmatch(registry) is None:
        rule = "a registry is HOST[:PORT][/FOLDER], without a scheme and in lower case"
        raise FactoryError(f"REGISTRY = {registry!r}: {rule}; e.g. `make images REGISTRY=registry.example.org/factory`")
    return registry


def publish(registry: str, lock: Path, progress: Progress) -> str:
    """Builds the images, pushes them and locks their digests; returns the image by digest. Raises FactoryError."""
    check(registry)
    debian.require_root()
    debian.install(progress, debian.PUSHING)
    foundation = Base.read()
    base.build(foundation, progress)
    return push(foundation, registry, lock, progress)


def push(image_base: Base, registry: str, lock: Path, progress: Progress) -> str:
    """Pushes the workloads' image and writes `lock`; returns the image by digest. Raises FactoryError.

    Accounts are those of `skopeo login` or `docker login`. A registry on loopback is spoken to without TLS.
    """
    image = workloads.image(image_base)
    target = f"{check(registry)}/{REPOSITORY_NAME}"
    with (
        progress.step(f"image: {target}@{image.digest[:19]}"),
        # Beside the base, whose layers are linked, not copied.
        tempfile.TemporaryDirectory(prefix="push-", dir=image_base.folder.parent) as temporary,
    ):
        folder = Path(temporary)
        archive = folder / "thin.tar"
        archive.write_bytes(image.archive)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        archive.unlink()
        for blob in (image_base.folder / "blobs" / "sha256").iterdir():
            os.link(blob, folder / "blobs" / "sha256" / blob.name)
        tag = f"docker://{target}:{image.digest.removeprefix('sha256:')[:16]}"
        tls = [] if not _on_loopback(registry) else ["--dest-tls-verify=false"]
        run(["skopeo", "--insecure-policy", "copy", "--quiet", "--preserve-digests", *tls, f"oci:{folder}", tag])
    reference = f"{target}@{image.digest}"
    lock.write_text(json.dumps({"workloads": reference, "environment": image_base.digest}, indent=1) + "\n")
    return reference


def _on_loopback(registry: str) -> bool:
    host = registry.partition("/")[0].rpartition(":")[0] or registry.partition("/")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
