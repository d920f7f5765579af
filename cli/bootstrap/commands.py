"""`aifactory bootstrap --env aws [--dry-run]`: state bucket, key and CI's role, made where they are missing."""

import argparse
import re
from pathlib import Path

from cli.bootstrap import bucket, ci, instructions, key, settings
from cli.bootstrap.changeset import Changeset, translate_errors
from components.errors import FactoryError
from host.cache import REPOSITORY

CONFIG = REPOSITORY / "stacks" / "config"
HELP = "make state bucket, key and CI role of an environment, before any state"
DESCRIPTION = (
    "Makes what a team's Pulumi needs before its first deployment: for each section of "
    "stacks/config/ENV.bootstrap.yaml a bucket for the state (versioned, locked, encrypted, private), a key for its "
    "secrets, and an OIDC provider and role for CI. What exists is left alone: a second run changes nothing."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--env", default="aws", help="name of the environment (default: aws)")
    parser.add_argument("--file", default="", help="another file than stacks/config/ENV.bootstrap.yaml")
    parser.add_argument("--dry-run", action="store_true", help="print what would be made, and make nothing")


def run(env: str, file: str, *, dry: bool) -> int:
    """Runs the command. Raises FactoryError for bad settings and for what AWS refuses."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", env):
        raise FactoryError(f"ENV = {env!r}: an environment is named by a-z, 0-9 and '-', e.g. aws")
    path = Path(file) if file else CONFIG / f"{env}.bootstrap.yaml"
    return _run(env, settings.read(path), dry=dry)


def _run(env: str, accounts: tuple[settings.Account, ...], *, dry: bool) -> int:
    found: list[instructions.Bootstrapped] = []
    total = 0
    for account in accounts:
        changeset = Changeset(dry=dry)
        try:
            with translate_errors(account):
                arn = key.ensure(account, changeset)
                bucket.ensure(account, arn, changeset)
                role = ci.ensure(account, account.ci, arn, changeset) if account.ci else ""
        finally:
            # Also where it ended half way: that is what exists now.
            for change in changeset.changes:
                print(f"{account.name}: {'would ' if dry else ''}{change}")
        found.append(instructions.Bootstrapped(account=account, key=arn, role=role))
        total += len(changeset.changes)
    print(f"{total} changes{' would be made' if dry else ''}" if total else "nothing to change")
    if not dry:
        print()
        print(instructions.page(env, found))
    return 0
