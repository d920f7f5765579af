"""Images whose layers are too large for memory: written to a folder in OCI's layout, by what is piped into them."""

import hashlib
import json
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import zstandard

from components.errors import FactoryError
from host.documents import mapping, sequence
from image_build import layout

CHUNK = 1 << 20
# On what is mostly libraries, a higher level takes minutes and saves a tenth.
LEVEL = 3
COMPRESSED = "application/vnd.oci.image.layer.v1.tar+zstd"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """A layer as a blob of the folder."""

    digest: str
    size: int
    diff_id: str
    """Digest of the tar inside, by which a runtime knows it."""


def write(folder: Path, command: Sequence[str]) -> Layer:
    """The layer whose tar `command` prints. Raises FactoryError where that fails."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    partial = blobs / "partial"
    inside, outside, size = hashlib.sha256(), hashlib.sha256(), 0
    # At least one worker: with none, what is written would depend on the machine's cores.
    compressor = zstandard.ZstdCompressor(level=LEVEL, threads=-1).compressobj()
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
        partial.open("wb") as file,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        chunk = b" "
        while chunk:
            chunk = process.stdout.read(CHUNK)
            inside.update(chunk)
            compressed = compressor.compress(chunk) if chunk else compressor.flush()
            outside.update(compressed)
            size += file.write(compressed)
        message = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise FactoryError(f"a layer could not be written: {command[0]}: {message.strip()[-500:]}")
    partial.rename(blobs / outside.hexdigest())
    return Layer(digest=f"sha256:{outside.hexdigest()}", size=size, diff_id=f"sha256:{inside.hexdigest()}")


def finish(folder: Path, name: str, written: Sequence[Layer], config: dict[str, object]) -> None:
    """Adds the image's config, manifest and index: now the folder is the image `name`."""
    document = layout.config_of(config, [layer.diff_id for layer in written])
    descriptors = [{"mediaType": COMPRESSED, "digest": layer.digest, "size": layer.size} for layer in written]
    manifest = layout.manifest_of(document, descriptors)
    for blob in (document, manifest):
        (folder / "blobs" / "sha256" / hashlib.sha256(blob).hexdigest()).write_bytes(blob)
    (folder / "index.json").write_bytes(layout.index_of(manifest, name))
    (folder / "oci-layout").write_bytes(layout.VERSION)


def read(folder: Path) -> layout.Base:
    """What an image above the one in the folder has to know of it."""
    index = mapping(json.loads((folder / "index.json").read_bytes()))
    manifest = _document(folder, mapping(sequence(index.get("manifests"))[0]))
    return layout.Base(manifest=manifest, config=_document(folder, mapping(manifest.get("config"))))


def send(folder: Path, stream: IO[bytes]) -> None:
    """Writes the folder as an OCI archive, e.g. into an import's standard input."""
    with tarfile.open(fileobj=stream, mode="w|") as tar:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            tar.add(path, str(path.relative_to(folder)))


def _document(folder: Path, descriptor: dict[str, object]) -> dict[str, object]:
    path = folder / "blobs" / str(descriptor["digest"]).replace(":", "/")
    return mapping(json.loads(path.read_bytes()))
