"""What access is made from."""

from pathlib import Path
from typing import NotRequired, TypedDict


class AccessArgs(TypedDict):
    """What access is made from."""

    namespace: str
    stores: Path
    """Folder of `stores-objects` and `stores-protection`, each with the AWS files `credentials` and `config`, and with `ca.pem`
    where a store's certificate is of a private authority. What serves takes the same accounts unless it has its own
    there, `stores-serving` and `stores-logs`.
    """
    callers: Path
    """JSON file of who may ask the model: names, SHA-256 of keys, expiry. No key is in it."""
    registry_auth: NotRequired[Path]
    """Docker's `config.json` with the login of the images' registry; nodes pull by themselves where absent."""
    signing_key: Path
    """Ed25519 private key, PEM (PKCS #8)."""
