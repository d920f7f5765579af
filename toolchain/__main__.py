"""Prints what `toolchain/digests.yaml` pins for the versions of today: `python -m toolchain`, where publishers can be reached."""

import sys
import tempfile
from pathlib import Path

from toolchain.download import Unavailable, address, published, sha256_of
from toolchain.tools import TOOLS, Download, Tool


def main() -> int:
    """A line for each file; those that cannot be had are named on stderr."""
    lacking = 0
    for tool in TOOLS:
        for one in tool.downloads:
            try:
                digest, whose = _digest(tool, one)
                sys.stdout.write(f"# {whose}\n{address(one.url, tool)}: {digest}\n")
            except Unavailable as why:
                lacking += 1
                sys.stderr.write(f"{why}\n")
    return 1 if lacking else 0


def _digest(tool: Tool, one: Download) -> tuple[str, str]:
    if one.checksums:
        return published(tool, one), f"as listed at {address(one.checksums, tool)}"
    with tempfile.TemporaryDirectory(prefix="aifactory-pin-") as folder:
        return sha256_of(address(one.url, tool), Path(folder) / "file"), "as downloaded now: its publisher lists none"


if __name__ == "__main__":
    sys.exit(main())
