"""The base image of every workload: built once a recipe, kept in the user's cache as an OCI archive."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from uv import find_uv_bin

from lab.home import REPOSITORY, user_cache
from lab.progress import Progress
from lab.shell import run

CONTAINERFILE = REPOSITORY / "images" / "base" / "Containerfile"
SUITE = "bookworm"
# vLLM allocates by NUMA node.
PACKAGES = "python3,ca-certificates,libnuma1"
MIRROR = "http://deb.debian.org/debian"
# Where Debian keeps the machine's trusted authorities; a proxy's may be among them.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def requirements() -> str:
    """The locked packages of the `workloads` group, each with its hashes."""
    command = [find_uv_bin(), "export", "--quiet", "--frozen", "--only-group", "workloads", "--no-emit-project"]
    return run([*command, "--no-header"], cwd=REPOSITORY)


def digest(locked: str) -> str:
    """64 hex digits for everything that the base's content is decided by."""
    recipe = "\0".join((CONTAINERFILE.read_text(), SUITE, PACKAGES, locked))
    return hashlib.sha256(recipe.encode()).hexdigest()


def archive(base: str) -> Path:
    """Where the base of that digest is kept."""
    return user_cache() / "images" / f"base-{base[:16]}.oci.tar"


def name(base: str) -> str:
    """The image's name in containerd."""
    return f"localhost/aifactory/base:{base[:16]}"


def build(locked: str, progress: Progress) -> None:
    """Makes the archive where it is not there yet: Debian by mmdebstrap, packages by uv, both by buildah."""
    base = digest(locked)
    target = archive(base)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    log = user_cache() / "logs" / "base-image.log"
    log.unlink(missing_ok=True)
    # Beside the cache, not in /tmp: an image with torch takes 7 GB, more than a memory-backed /tmp may have.
    with tempfile.TemporaryDirectory(prefix="build-", dir=target.parent) as temporary:
        context, packages, storage = (Path(temporary) / part for part in ("context", "packages", "storage"))
        context.mkdir()
        packages.mkdir()
        buildah = ["buildah", "--root", storage, "--runroot", Path(temporary) / "run"]
        (context / "requirements.txt").write_text(locked)
        with progress.step("image: Debian root"):
            variant = ["--variant=minbase", f"--include={PACKAGES}"]
            run(["mmdebstrap", *variant, SUITE, context / "rootfs.tar", MIRROR], log=log)
        with progress.step("image: torch, transformers, vLLM and MLflow"):
            shutil.copy2(find_uv_bin(), packages / "uv")
            mounts = ["--volume", f"{packages}:/build", "--volume", f"{AUTHORITIES}:{AUTHORITIES}:ro"]
            options = ["--isolation", "chroot", "--network", "host", "--layers=false", *mounts]
            run([*buildah, "bud", *options, "--tag", name(base), "--file", CONTAINERFILE, context], log=log)
        with progress.step("image: archive"):
            partial = target.with_suffix(".partial")
            compression = ["--compression-format", "zstd", "--compression-level", "3"]
            run([*buildah, "push", *compression, name(base), f"oci-archive:{partial}:{name(base)}"], log=log)
            partial.rename(target)
            run([*buildah, "rmi", "--all", "--force"], log=log)
    log.unlink(missing_ok=True)
