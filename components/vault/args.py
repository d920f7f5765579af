"""What a vault bucket is made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class VaultBucketArgs(TypedDict):
    """What a vault bucket is made from."""

    bucket: str
    """Its name; fixed, so that a lost state can adopt the bucket again."""
    retention_days: int
    """Days, 1 or more, under COMPLIANCE for an object put without a date of its own."""
    endpoint: NotRequired[str]
    """URL of an S3-compatible store; AWS where absent or ""."""
    profile: NotRequired[str]
    """AWS profile that reaches the store; the environment's credentials where absent or ""."""
    accounts: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Role of pods (`copies`) -> secret of its account on the store, which is a MinIO; none is made where absent."""
    writers: NotRequired[Mapping[str, Sequence[str]]]
    """Role of pods (`copies`, `logs`) -> ARNs of the roles of IAM, of another account too, that may put and lock
    objects where that role does, and remove none; nobody beside the bucket's own account where absent. They need not
    exist yet. Their own IAM policies have to let them as well.
    """
