"""What an object store's bucket is made from."""

from typing import NotRequired, TypedDict


class ObjectStoreArgs(TypedDict):
    """What a bucket for stages, models and contracts is made from."""

    bucket: str
    """Its name. Fixed, because pods and the next layer's previews know the bucket by it."""
    endpoint: NotRequired[str]
    """URL of an S3-compatible store; AWS where absent or ""."""
    profile: NotRequired[str]
    """AWS profile that reaches the store; the environment's credentials where absent or ""."""
