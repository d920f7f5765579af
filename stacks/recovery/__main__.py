"""`python -m stacks.recovery STACK`, before a `pulumi up`, `preview` or `destroy`: in its folder and environment.

Prints what it did, a line for each, and nothing where the stack was as it should be. Where it printed something, the next
deployment has to look at the cloud first (`--refresh`). Ends with 1 and one message where it cannot be recovered.
"""

import argparse
import os
import sys

from stacks.recovery import attrs_files
from stacks.recovery.engine import Engine
from stacks.recovery.errors import RecoveryError
from stacks.recovery.orphan_processes import BACKEND
from stacks.recovery.recover import recover


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m stacks.recovery", description=__doc__)
    parser.add_argument("stack", help="name of the stack, e.g. lab.platform")
    parser.add_argument("--pulumi", default="pulumi", help="the engine to use; the one on PATH by default")
    parser.add_argument(
        "--notes",
        action="store_true",
        help="only what the backend noted half-written, without which a state can be read",
    )
    arguments = parser.parse_args()
    backend = os.environ.get(BACKEND, "")
    try:
        engine = Engine(arguments.pulumi, arguments.stack)
        done = attrs_files.mend(backend) if arguments.notes else recover(engine, backend, arguments.stack)
    except RecoveryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for line in done:
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
