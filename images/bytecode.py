"""Compiles the modules of an image, so that no container compiles them at each start.

Run by the image's own Python while it is built: `bytecode.py FOLDER SHARD SHARDS`. What Python writes depends on what the same
process compiled before, so each shard is a fixed part in a fixed order: the same modules give the same bytes.
"""

import py_compile
import sys
from pathlib import Path


def main() -> None:
    folder, shard, shards = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    modules = sorted(Path(folder).rglob("*.py"))
    for module in modules[shard::shards]:
        try:
            # Files of an image do not change: nothing has to be compared at each import.
            py_compile.compile(
                str(module), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
            )
        except (py_compile.PyCompileError, ValueError):
            # Templates and tests of other Pythons are among the packages; what imports them is told by Python itself.
            continue


if __name__ == "__main__":
    main()
