"""What an object store's bucket is made from."""

from collections.abc import Mapping
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
