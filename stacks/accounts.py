"""The secrets of the accounts that pods have at the stores: each is derived from one key, which no state and no store holds."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pulumi

from components.object_store.roles import secret_of
from components.violations import SpecError, Violation

FEWEST = 32
"""Characters of the key."""


def secrets_of(store: str, roles: Iterable[str], key_file: str) -> Mapping[str, pulumi.Input[str]]:
    """Role -> secret of its account at a store (`objects`, `vault`, `offsite`); empty where no key is named.

    Raises SpecError for a key that cannot be read, or is too short.
    """
    if not key_file:
        return {}
    key = read_key(Path(key_file))
    return {role: pulumi.Output.secret(secret_of(key, store, role)) for role in roles}


def read_key(path: Path) -> str:
    """Raises SpecError where the file cannot be read, or holds too little to derive secrets from."""
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        message = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise _refused(path, f"the file can be read ({message})") from None
    if len(key) < FEWEST:
        raise _refused(path, f"the file holds {FEWEST} random characters or more, and holds {len(key)}")
    return key


def _refused(path: Path, rule: str) -> SpecError:
    return SpecError(
        "Accounts", (Violation("aifactory:accountsKeyFile", str(path), rule, f"openssl rand -hex 32 > {path}"),)
    )
