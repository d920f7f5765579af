"""What a bucket's volume is made from."""

from typing import NotRequired, TypedDict

import pulumi


class BucketVolumeArgs(TypedDict):
    """What a bucket's volume is made from."""

    namespace: pulumi.Input[str]
    """The namespace in which pods claim it."""
    bucket: pulumi.Input[str]
    """Name of the bucket; the role of the add-on `aws-mountpoint-s3-csi-driver` may read it."""
    region: str
    """Region of the bucket. Mountpoint would ask the node's metadata for it, which no pod reaches (hop limit 1)."""
    claim: str
    """Name of the PersistentVolumeClaim, e.g. `datasets`."""
    prefix: NotRequired[str]
    """The part of the bucket that is mounted, e.g. `datasets`; all of it where absent or ""."""
    writable: NotRequired[bool]
    """Pods may also write new objects, and replace and delete others; False where absent."""
