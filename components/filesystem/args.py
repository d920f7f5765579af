"""What a shared filesystem is made from."""

from typing import NotRequired, TypedDict

import pulumi


class LustreArgs(TypedDict):
    """Where FSx for Lustre stands."""

    subnet_id: pulumi.Input[str]
    """Where FSx places its servers: in the zone of the nodes that train."""
    security_group_id: pulumi.Input[str]
    """The group of the nodes."""


class FilesystemArgs(TypedDict):
    """What a shared filesystem is made from."""

    size_gib: int
    """Its size in GiB; on FSx for Lustre 1200 or a multiple of 2400."""
    namespace: pulumi.Input[str]
    """The namespace in which pods claim it."""
    lustre: NotRequired[LustreArgs]
    """Makes it of FSx for Lustre. Exactly one of this and the next two is given."""
    local_volume: NotRequired[str]
    """Absolute path of a folder on the only node; "" as absent."""
    storage_class: NotRequired[str]
    """Name of a StorageClass whose volumes many nodes can mount (ReadWriteMany); "" as absent."""
