"""What tracking is made from."""

from typing import TypedDict


class TrackingArgs(TypedDict):
    """What tracking is made from."""

    namespace: str
    image: str
    """By digest."""
    claim: str
    """Claim of the filesystem that its database lies on."""
    node_port: int
    """Port, 30000 to 32767, that every node opens for it."""
