"""Keys by which callers ask the model: made here, kept as digests alone."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime

PREFIX = "aif_"
"""What a key begins with, so that scanners find one that was committed."""
RULE = (
    "the file is a JSON object: caller -> sha256 (64 hex digits of its key's SHA-256) and expires (ISO 8601, or null)"
)


def new_key() -> str:
    """A key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def entry(key: str, expires: datetime | None = None) -> dict[str, str | None]:
    """What the callers' file holds of a key."""
    return {"sha256": hashlib.sha256(key.encode()).hexdigest(), "expires": expires.isoformat() if expires else None}


def document(callers: Mapping[str, Mapping[str, str | None]]) -> str:
    """The callers' file."""
    return json.dumps(callers, indent=1, sort_keys=True) + "\n"
