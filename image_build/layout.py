"""OCI images made of plain files: the code above a base, and programs that need nothing below them.

A builder would write the base's seven gigabytes again for each line of code that changes. A layer of code is a tar file and
two JSON documents, so it is made here: the same content gives the same digest on every machine.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from host.documents import mapping, sequence

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
NAME = "io.containerd.image.name"
VERSION = b'{"imageLayoutVersion":"1.0.0"}'
# Every image says the same time, else its digest would differ at each build.
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of an image: `content` None is a folder."""

    path: str
    content: bytes | None
    mode: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image as an OCI archive; layers of its base are named, not held."""

    digest: str
    """`sha256:...` of its manifest."""
    archive: bytes

    def send(self, stream: IO[bytes]) -> None:
        """Writes the archive, e.g. into an import's standard input."""
        stream.write(self.archive)


def code(folder: Path) -> list[Entry]:
    """The Python, YAML and JSON files under `folder` as entries below /app."""
    entries = [Entry("app", None, 0o755)]
    for path in sorted(folder.rglob("*")):
        inside = f"app/{path.relative_to(folder.parent)}"
        if "__pycache__" in path.parts:
            continue
        if path.is_dir():
            entries.append(Entry(inside, None, 0o755))
        elif path.suffix in (".py", ".yaml", ".json"):
            entries.append(Entry(inside, path.read_bytes(), 0o644))
    return entries


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """An image that another one stands on: its layers are named, not held."""

    manifest: dict[str, object]
    config: dict[str, object]


def make(name: str, entries: list[Entry], config: dict[str, object], base: Base | None = None) -> Image:
    """An image `name` of one layer, above `base` where given."""
    layer = _tar(entries)
    below = base or Base(manifest={}, config={})
    diff_ids = [*sequence(mapping(below.config.get("rootfs")).get("diff_ids")), _digest(layer)]
    document = config_of({**mapping(below.config.get("config")), **config}, diff_ids)
    manifest = manifest_of(document, [*sequence(below.manifest.get("layers")), _descriptor(LAYER, layer)])
    digest = _digest(manifest)
    # An image of one's own tag keeps it; one that is named by its content is called by that.
    full = f"{name}@{digest}" if ":" not in name.rpartition("/")[2] else name
    blobs = [
        Entry(f"blobs/sha256/{_digest(blob).removeprefix('sha256:')}", blob, 0o644)
        for blob in (layer, document, manifest)
    ]
    files = [Entry("oci-layout", VERSION, 0o644), Entry("index.json", index_of(manifest, full), 0o644), *blobs]
    return Image(digest, _tar(files))


def config_of(config: dict[str, object], diff_ids: Sequence[object]) -> bytes:
    """The configuration of an image, with the digests of its layers' tars."""
    document = {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
    }
    return json.dumps(document, sort_keys=True).encode()


def manifest_of(config: bytes, layers: Sequence[object]) -> bytes:
    """The manifest; its digest is the image's."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, config),
        "layers": list(layers),
    }
    return json.dumps(document, sort_keys=True).encode()


def index_of(manifest: bytes, name: str) -> bytes:
    """What leads to the manifest, under the name by which containerd will know it."""
    entry = {**_descriptor(MANIFEST, manifest), "annotations": {NAME: name}}
    return json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def _tar(entries: list[Entry]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.path)
            info.mode = entry.mode
            if entry.content is None:
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
            else:
                info.size = len(entry.content)
                tar.addfile(info, io.BytesIO(entry.content))
    return stream.getvalue()
