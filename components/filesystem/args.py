"""What a shared filesystem is made from."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi

Event = Literal["NEW", "CHANGED", "DELETED"]
"""What of an object or a file travels over a link (FSx API, EventType)."""


class LinkArgs(TypedDict):
    """A folder of FSx for Lustre that mirrors a bucket, or one prefix of it."""

    path: str
    """The folder, from the root of the filesystem, e.g. `/datasets`; `/` only where it is the one link."""
    bucket: pulumi.Input[str]
    """Name of the bucket, in the account and region of the filesystem."""
    prefix: NotRequired[str]
    """The part of the bucket, without a leading slash, e.g. `datasets`; all of it where absent or ""."""
    imports: NotRequired[Sequence[Event]]
    """What of the bucket's objects shows up as files; NEW and CHANGED where absent, so that an object that expires in
    the bucket stays on the filesystem."""
    exports: NotRequired[Sequence[Event]]
    """What of the folder's files goes to the bucket; NEW and CHANGED where absent, so that a removed file stays
    there."""


class FoldersArgs(TypedDict):
    """Folders that pods write to, and the Job that makes them.

    The root of a new FSx filesystem belongs to root, and the CSI driver leaves fsGroup aside for volumes that many
    nodes mount (`fsGroupPolicy: ReadWriteOnceWithFSType` in its chart): without these folders no pod can write.
    """

    image: str
    """An image with coreutils' `install`, by digest."""
    names: Sequence[str]
    """Folders at the root of the filesystem, e.g. `checkpoints`."""
    uid: NotRequired[int]
    """Their owner; the user of the factory's pods, 65532, where absent."""
    gid: NotRequired[int]
    """Their group; 65532 where absent."""
    node_selector: NotRequired[Mapping[str, str]]
    """Labels of the nodes that may run the Job; any node where absent."""
    tolerations: NotRequired[Sequence[str]]
    """Keys of the taints that the Job tolerates; none where absent: it runs on nodes that anything may run on."""
    pull_secret: NotRequired[str]
    """Secret that the image is pulled by; nodes pull by themselves where absent or ""."""


class LustreArgs(TypedDict):
    """Where FSx for Lustre stands, and what it can do: PERSISTENT_2 on SSD, Lustre 2.15.

    FSx never makes a filesystem smaller, and grows it by multiples of 2400 GiB (with EFA, of its own step). Which size
    it has already is not known here: a smaller one is a replacement in the preview, which its protection refuses.
    """

    subnet_id: pulumi.Input[str]
    """Where FSx places its servers: in the zone of the nodes that train."""
    security_group_id: pulumi.Input[str]
    """The group of the nodes, which admits itself on all ports: Lustre uses 988 and 1018 to 1023, EFA all of them.
    Another group, or another subnet, replaces the filesystem."""
    throughput: NotRequired[int]
    """MB/s for each TiB: 125, 250, 500 or 1000; 250 where absent. A change makes it unreachable for minutes."""
    metadata_iops: NotRequired[int]
    """Metadata operations a second, paid for apart; where absent FSx scales them with the size. Lowering it replaces
    the filesystem."""
    efa: NotRequired[bool]
    """Nodes reach it over EFA, and GPUs without their CPU (GPUDirect Storage); False where absent. Fixed at creation,
    and so is then the throughput. The size is a multiple of 38400, 19200, 9600 or 4800 GiB, for 125, 250, 500 or 1000
    MB/s/TiB."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The key that encrypts it; one of its own is made where absent. Another key replaces the filesystem."""
    automatic_backup_retention_days: NotRequired[int]
    """How long daily backups are kept: 1 to 90 days, 7 where absent; with links there are none (FSx cannot)."""
    daily_automatic_backup_start_time: NotRequired[str]
    """When the backup starts, `HH:MM` in UTC; FSx chooses where absent."""
    copy_tags_to_backups: NotRequired[bool]
    """Backups have the tags of the filesystem; False where absent. A change replaces the filesystem, and a link
    excludes it: with True no bucket can be linked later."""
    weekly_maintenance_start_time: NotRequired[str]
    """When FSx patches it, `d:HH:MM` in UTC with 1 for Monday: clients wait for minutes. `7:03:00` where absent."""
    log_retention_days: NotRequired[int]
    """How long its warnings and errors are kept in CloudWatch Logs; 90 days where absent."""
    links: NotRequired[Sequence[LinkArgs]]
    """Folders that mirror buckets, 8 at most. They take the place of backups."""
    folders: NotRequired[FoldersArgs]
    """Folders that are made on it before anything claims it."""


class NfsArgs(TypedDict):
    """An export of an NFS server that exists already."""

    server: str
    """Its name or address."""
    path: str
    """What it exports, an absolute path. It belongs to the user of the factory's pods, 65532."""
    mount_options: NotRequired[Sequence[str]]
    """How nodes mount it, e.g. `nconnect=8`; `nfsvers=4.1` and `hard` where absent."""


class FilesystemArgs(TypedDict):
    """What a shared filesystem is made from."""

    size_gib: int
    """Its size in GiB; on FSx for Lustre 1200 or a multiple of 2400."""
    namespace: pulumi.Input[str]
    """The namespace in which pods claim it."""
    lustre: NotRequired[LustreArgs]
    """Makes it of FSx for Lustre. Exactly one of this and the next three is given."""
    nfs: NotRequired[NfsArgs]
    """The export of an NFS server that nodes mount by themselves, without a CSI driver."""
    local_volume: NotRequired[str]
    """Absolute path of a folder on the only node; "" as absent."""
    storage_class: NotRequired[str]
    """Name of a StorageClass whose volumes many nodes can mount (ReadWriteMany); "" as absent."""
