"""The digest of a folder: what pins a chart, however its files were brought."""

import hashlib
from pathlib import Path


def digest_of(folder: Path) -> str:
    """SHA-256 over the sorted list of each file's own SHA-256 and its path in the folder; "" where there is no folder.

    Go's `h1` digest is made of the same lines. It depends on names and content alone: an archive of the same files has
    another digest each time it is packed.
    """
    if not folder.is_dir():
        return ""
    total = hashlib.sha256()
    for path in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()):
        total.update(f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n".encode())
    return f"sha256:{total.hexdigest()}"
