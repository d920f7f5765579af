"""What tracking is made from."""

from typing import NotRequired, TypedDict


class TrackingArgs(TypedDict):
    """What tracking is made from."""

    namespace: str
    image: str
    """By digest."""
    claim: str
    """Claim of the filesystem that its database lies on."""
    pull_secret: NotRequired[str]
    """Secret that pods pull the image by; nodes pull by themselves where absent or ""."""
