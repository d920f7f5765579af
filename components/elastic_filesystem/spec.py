"""The rules of an elastic filesystem."""

import json
import re
from dataclasses import dataclass
from typing import Self

from components.elastic_filesystem.args import ElasticFilesystemArgs
from components.filesystem.folders import LARGEST_ID, POD_USER
from components.violations import Violations

DRIVER = "efs.csi.aws.com"
ADDON = "aws-efs-csi-driver"
"""EKS's add-on with the driver."""
CLAIM = "state"
# EFS API, RootDirectory, Path; made with its owner when it is mounted first.
FOLDER = "/state"
# EFS has no size, and Kubernetes no volume without one (aws-efs-csi-driver, "the storage capacity is ignored").
CAPACITY = "100Gi"
# Kubernetes, "Object names and IDs", "DNS subdomain names".
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
# EC2: a region and a letter. EFS has mount targets in Availability Zones alone.
ZONE = re.compile(r"([a-z]+(-[a-z]+)+-\d)[a-z]")
# EFS API, LifecyclePolicy, TransitionToIA.
INFREQUENT_AFTER = (1, 7, 14, 30, 60, 90, 180, 270, 365)
INFREQUENT_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class ElasticFilesystemSpec:
    """A regional filesystem, a mount target in each zone, and one folder with its owner."""

    zones: tuple[str, ...]
    claim: str
    uid: int
    gid: int
    infrequent_access_days: int

    @classmethod
    def parse(cls, args: ElasticFilesystemArgs) -> Self:
        """Raises SpecError with every violation of its zones, its claim, its owner and its lifecycle."""
        violations = Violations("ElasticFilesystem")
        zones, claim = tuple(args["subnets"]), args.get("claim", CLAIM)
        uid, gid = args.get("uid", POD_USER), args.get("gid", POD_USER)
        days = args.get("infrequent_access_days", INFREQUENT_DAYS)
        _check_zones(violations, zones)
        violations.unless(
            NAME.fullmatch(claim) is not None,
            "claim",
            claim,
            "a claim is named by a-z, 0-9, '-' and '.'",
            f"e.g. {CLAIM}",
        )
        for key, value in (("uid", uid), ("gid", gid)):
            violations.unless(
                type(value) is int and 0 < value <= LARGEST_ID,
                key,
                value,
                f"the folder is given to a user that is not root, 1 to {LARGEST_ID}",
                f"the factory's pods are {POD_USER}",
            )
        violations.unless(
            days == 0 or days in INFREQUENT_AFTER,
            "infrequent_access_days",
            days,
            f"EFS moves what nobody read after {', '.join(map(str, INFREQUENT_AFTER))} days",
            f"e.g. {INFREQUENT_DAYS}, or 0 for never",
        )
        violations.raise_if_any()
        return cls(zones=zones, claim=claim, uid=uid, gid=gid, infrequent_access_days=days)

    @property
    def transition_to_ia(self) -> str:
        """When EFS moves a file to Infrequent Access, as EFS writes it; "" for never."""
        days = self.infrequent_access_days
        return f"AFTER_{days}_DAY{'' if days == 1 else 'S'}" if days else ""


def _check_zones(violations: Violations, zones: tuple[str, ...]) -> None:
    # EFS API, CreateMountTarget: one in each Availability Zone, all of one VPC.
    violations.unless(
        bool(zones),
        "subnets",
        "",
        "EFS is mounted through a mount target, one in each zone with nodes",
        "name the subnet of each zone, e.g. {'us-east-1a': SUBNET}",
    )
    found = [ZONE.fullmatch(zone) for zone in zones]
    for zone, match in zip(zones, found, strict=True):
        violations.unless(
            match is not None,
            "subnets",
            zone,
            "a mount target is in an Availability Zone, a region and a letter",
            "e.g. us-east-1a",
        )
    regions = sorted({match[1] for match in found if match})
    violations.unless(
        len(regions) <= 1,
        "subnets",
        ",".join(zones),
        f"a filesystem is in one region, and these zones are of {' and '.join(regions)}",
        "a filesystem for each region",
    )


def mounts_only(filesystem_arn: str) -> str:
    """The policy of a filesystem: whoever reaches a mount target may mount it, encrypted in transit, and nobody is root
    there.

    EFS user guide, "Using IAM to control file system data access": without a policy every client has root's powers.
    """
    through_target = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    anyone = {"Principal": {"AWS": "*"}, "Resource": filesystem_arn}
    mounted = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Mount", "Effect": "Allow", **anyone, "Action": mounted, "Condition": through_target},
                {"Sid": "Encrypted", "Effect": "Deny", **anyone, "Action": "*", "Condition": insecure},
            ],
        }
    )
