"""What access is made from."""

from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict


class IdentityStoreArgs(TypedDict):
    """One store of AWS, as pods with an identity of their own reach it."""

    region: str
    """Where its bucket is, e.g. `eu-central-1`; another account's or region's for a vault."""
    role_arn: NotRequired[str]
    """A role that the pod's own role takes to reach it. Absent where the bucket admits the pod's role itself
    (`writers`).
    """


class AccessArgs(TypedDict):
    """What access is made from."""

    namespace: str
    stores: NotRequired[Path]
    """Folder of `stores-objects` and `stores-protection`, each with the AWS files `credentials` and `config`, and with `ca.pem`
    where a store's certificate is of a private authority. What serves takes the same accounts unless it has its own
    there, `stores-serving` and `stores-logs`. Exactly one of this and the next is given.
    """
    identity: NotRequired[Mapping[str, IdentityStoreArgs]]
    """Store (`objects`, `vault`, `offsite`) -> where it is: pods reach them on AWS by EKS Pod Identity and hold no key.
    """
    callers: Path
    """JSON file of who may ask the model: names, SHA-256 of keys, expiry. No key is in it."""
    registry_auth: NotRequired[Path]
    """Docker's `config.json` with the login of the images' registry; nodes pull by themselves where absent."""
    signing_key: Path
    """Ed25519 private key, PEM (PKCS #8)."""
