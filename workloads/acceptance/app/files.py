"""How fast a node writes and reads the shared filesystem: by fio where the image has it, else by this program."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import cast

MIB = 1 << 20
CHUNK = 4 * MIB


def measure_files(folder: Path, name: str, size: int) -> dict[str, float]:
    """MB/s of one file of `size` bytes, which is removed; `name` is this node's own."""
    path = folder / f".acceptance-{name}"
    try:
        return _by_fio(path, size) if shutil.which("fio") else _by_hand(path, size)
    finally:
        path.unlink(missing_ok=True)


def _by_fio(path: Path, size: int) -> dict[str, float]:
    return {f"{way}_mb_s": _fio(path, size, way) for way in ("write", "read")}


def _fio(path: Path, size: int, way: str) -> float:
    command = [
        *("fio", "--name=acceptance", f"--filename={path}", f"--size={size}", f"--rw={way}", "--bs=4M"),
        *("--direct=1", "--ioengine=libaio", "--iodepth=16", "--end_fsync=1", "--output-format=json"),
    ]
    output = subprocess.run(command, capture_output=True, check=True, text=True, timeout=600).stdout
    job = cast("dict[str, list[dict[str, dict[str, float]]]]", json.loads(output))["jobs"][0]
    return job[way]["bw_bytes"] / 1e6


def _by_hand(path: Path, size: int) -> dict[str, float]:
    chunk = os.urandom(CHUNK)
    started = time.perf_counter()
    with path.open("wb") as file:
        for _ in range(size // CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
        written = time.perf_counter() - started
        # What is read back has to come from the filesystem, not from this node's memory.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while part := file.read(CHUNK):
            if part != chunk[: len(part)]:
                raise OSError(f"{path}: other bytes were read than written")
    read = time.perf_counter() - started
    whole = size // CHUNK * CHUNK / 1e6
    return {"write_mb_s": whole / written, "read_mb_s": whole / read}
