"""What an elastic filesystem is made from."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi


class ElasticFilesystemArgs(TypedDict):
    """What an elastic filesystem is made from: EFS across the zones of a region, and one folder of it."""

    namespace: pulumi.Input[str]
    """The namespace in which pods claim it."""
    vpc_id: pulumi.Input[str]
    """The network of the nodes."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Availability Zone -> the subnet of the one mount target that EFS has there. Every zone with nodes: a node finds
    EFS by a name that has an address only in zones with a mount target. Plain zones: they decide how many mount targets
    exist."""
    nodes_security_group_id: pulumi.Input[str]
    """The group of the nodes, which alone may mount it."""
    claim: NotRequired[str]
    """Name of the PersistentVolumeClaim; `state` where absent."""
    uid: NotRequired[int]
    """User of everything in the folder, whoever writes it; the user of the factory's pods, 65532, where absent."""
    gid: NotRequired[int]
    """Its group; 65532 where absent."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The key that encrypts it; one of its own is made where absent. Another key replaces the filesystem."""
    infrequent_access_days: NotRequired[int]
    """Days after which what nobody read is moved to cheaper storage, until it is read; 30 where absent, 0 for never."""
