"""What an object store's bucket is made from."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class ObjectStoreArgs(TypedDict):
    """What a bucket for stages, models and contracts is made from."""

    bucket: str
    """Its name. Fixed, because pods and the next layer's previews know the bucket by it."""
    endpoint: NotRequired[str]
    """URL of an S3-compatible store; AWS where absent or ""."""
    profile: NotRequired[str]
    """AWS profile that reaches the store; the environment's credentials where absent or ""."""
    accounts: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Role of pods (`stages`, `serving`) -> secret of its account on the store, which is a MinIO; none is made where absent."""
    readers: NotRequired[Sequence[str]]
    """ARNs of roles, users or accounts that may read all objects but contracts, of other accounts of AWS too; nobody
    beside the bucket's own account where absent. Their own IAM policies have to let them as well.
    """
    noncurrent_days: NotRequired[int]
    """Days, 1 or more, that a version is kept on AWS after another one took its place; 30 where absent."""
    protect: NotRequired[bool]
    """Whether the bucket on AWS and its key refuse to be destroyed; True where absent. Set False, and deploy, before a
    factory is to go.
    """
