"""What access is made from."""

from pathlib import Path
from typing import TypedDict


class AccessArgs(TypedDict):
    """What access is made from."""

    namespace: str
    stores: Path
    """Folder of `stores-objects` and `stores-protection`, each with the AWS files `credentials` and `config`, and with `ca.pem`
    where a store's certificate is of a private authority.
    """
    signing_key: Path
    """Ed25519 private key, PEM (PKCS #8)."""
