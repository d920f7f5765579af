"""`python -m lab.bootstrap --env aws [--dry-run]`: state bucket, key and CI's role, made where they are missing."""

import argparse
import re
import sys
from pathlib import Path

from components.faults import SpecError
from lab.bootstrap import bucket, ci, key, settings, told
from lab.bootstrap.making import Making
from lab.bootstrap.making import told as in_words
from lab.errors import LabError
from lab.home import REPOSITORY

CONFIG = REPOSITORY / "stacks" / "config"


def main() -> int:
    """A user's mistake, and what AWS refuses, is one message and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.bootstrap",
        description="Makes what a team's Pulumi needs before its first deployment: for each section of "
        "stacks/config/ENV.bootstrap.yaml a bucket for the state (versioned, locked, encrypted, private), a key for its "
        "secrets, and an OIDC provider and role for CI. What stands is left alone: a second run changes nothing.",
    )
    parser.add_argument("--env", default="aws", help="name of the environment (default: aws)")
    parser.add_argument("--file", default="", help="another file than stacks/config/ENV.bootstrap.yaml")
    parser.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")
    arguments = parser.parse_args()
    env = str(arguments.env)
    try:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", env):
            raise LabError(f"ENV = {env!r}: an environment is named by a-z, 0-9 and '-', e.g. aws")
        path = Path(str(arguments.file)) if arguments.file else CONFIG / f"{env}.bootstrap.yaml"
        return _run(env, settings.read(path), dry=bool(arguments.dry_run))
    except (LabError, SpecError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _run(env: str, accounts: tuple[settings.Account, ...], *, dry: bool) -> int:
    found: list[told.Bootstrapped] = []
    total = 0
    for account in accounts:
        making = Making(dry=dry)
        try:
            with in_words(account):
                arn = key.ensure(account, making)
                bucket.ensure(account, arn, making)
                role = ci.ensure(account, account.ci, arn, making) if account.ci else ""
        finally:
            # Also where it ended half way: that is what stands now.
            for change in making.changes:
                print(f"{account.name}: {'would ' if dry else ''}{change}")
        found.append(told.Bootstrapped(account=account, key=arn, role=role))
        total += len(making.changes)
    print(f"{total} changes{' would be made' if dry else ''}" if total else "nothing to change")
    if not dry:
        print()
        print(told.page(env, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
