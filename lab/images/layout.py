"""OCI images made of plain files: the code above a base, and programs that need nothing below them.

buildah would write the base's seven gigabytes again for each line of code that changes. A layer of code is a tar file and
two JSON documents, so it is made here: the same content gives the same digest on every machine.
"""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lab.errors import LabError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
NAME = "io.containerd.image.name"
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


def make(
    name: str,
    entries: list[Entry],
    config: dict[str, object],
    base: tuple[dict[str, object], dict[str, object]] | None = None,
) -> Image:
    """An image `name` of one layer, above `base` (its manifest and its config) where given."""
    layer = _tar(entries)
    manifest_base, config_base = base or ({}, {})
    rootfs = _mapping(config_base.get("rootfs"))
    document: dict[str, object] = {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": {**_mapping(config_base.get("config")), **config},
        "rootfs": {"type": "layers", "diff_ids": [*_sequence(rootfs.get("diff_ids")), _digest(layer)]},
    }
    config_bytes = json.dumps(document, sort_keys=True).encode()
    manifest: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, config_bytes),
        "layers": [*_sequence(manifest_base.get("layers")), _descriptor(LAYER, layer)],
    }
    manifest_bytes = json.dumps(manifest, sort_keys=True).encode()
    full = f"{name}@{_digest(manifest_bytes)}" if ":" not in name.rpartition("/")[2] else name
    index = {"schemaVersion": 2, "manifests": [{**_descriptor(MANIFEST, manifest_bytes), "annotations": {NAME: full}}]}
    blobs = [
        Entry(f"blobs/sha256/{_digest(blob).removeprefix('sha256:')}", blob, 0o644)
        for blob in (layer, config_bytes, manifest_bytes)
    ]
    files = [
        Entry("oci-layout", b'{"imageLayoutVersion":"1.0.0"}', 0o644),
        Entry("index.json", json.dumps(index).encode(), 0o644),
        *blobs,
    ]
    return Image(_digest(manifest_bytes), _tar(files))


def read(archive: Path) -> tuple[dict[str, object], dict[str, object]]:
    """The manifest and the config of the one image in an OCI archive."""
    with tarfile.open(archive) as tar:
        index = _document(tar, "index.json")
        first = _mapping(_sequence(index.get("manifests"))[0])
        manifest = _document(tar, _blob(first))
        return manifest, _document(tar, _blob(_mapping(manifest.get("config"))))


def _document(tar: tarfile.TarFile, path: str) -> dict[str, object]:
    stream = tar.extractfile(path)
    if stream is None:
        raise LabError(f"{tar.name}: {path} is no file; remove the archive, `make up` makes it again")
    return _mapping(cast("object", json.load(stream)))


def _blob(descriptor: dict[str, object]) -> str:
    return "blobs/" + str(descriptor["digest"]).replace(":", "/")


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


def _mapping(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _sequence(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
