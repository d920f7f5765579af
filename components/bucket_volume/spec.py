"""The rules of a bucket's volume."""

import re
from dataclasses import dataclass
from typing import Self

from components.bucket_volume.args import BucketVolumeArgs
from components.filesystem.folders import POD_USER
from components.violations import Violations

DRIVER = "s3.csi.aws.com"
ADDON = "aws-mountpoint-s3-csi-driver"
"""EKS's add-on with the driver."""
# A bucket has no size, and Kubernetes no volume without one (mountpoint-s3-csi-driver, examples: "Ignored, required").
CAPACITY = "1200Gi"
# Kubernetes, "Object names and IDs", "DNS subdomain names".
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
# As AWS names regions, of every partition.
REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d")
# Of a key what a mount option can hold: Kubernetes joins options by commas, and a space ends the option's name.
PREFIX = re.compile(r"[^\s,/][^\s,]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketVolumeSpec:
    """A prefix of a bucket, and how it is mounted."""

    region: str
    claim: str
    prefix: str
    """Ends with a slash, or is ""."""
    writable: bool

    @classmethod
    def parse(cls, args: BucketVolumeArgs) -> Self:
        """Raises SpecError with every violation of its region, its claim and its prefix."""
        violations = Violations("BucketVolume")
        prefix = args.get("prefix", "")
        violations.unless(
            REGION.fullmatch(args["region"]) is not None,
            "region",
            args["region"],
            "a region is named as AWS names it",
            "e.g. us-east-1",
        )
        violations.unless(
            NAME.fullmatch(args["claim"]) is not None,
            "claim",
            args["claim"],
            "a claim is named by a-z, 0-9, '-' and '.'",
            "e.g. datasets",
        )
        violations.unless(
            not prefix or PREFIX.fullmatch(prefix) is not None,
            "prefix",
            prefix,
            "a prefix is the beginning of keys, without a leading slash, a comma or a space",
            "e.g. datasets",
        )
        violations.raise_if_any()
        return cls(
            region=args["region"],
            claim=args["claim"],
            # `data` alone would be the beginning of `database/` too, and Mountpoint refuses it.
            prefix=f"{prefix.strip('/')}/" if prefix else "",
            writable=args.get("writable", False),
        )

    @property
    def access_mode(self) -> str:
        """As Kubernetes names it; the driver knows these two."""
        return "ReadWriteMany" if self.writable else "ReadOnlyMany"

    @property
    def mount_options(self) -> tuple[str, ...]:
        """Options of Mountpoint: files belong to the user of the pods, which is not the one that mounts."""
        owner = ("allow-other", f"uid={POD_USER}", f"gid={POD_USER}")
        prefix = (f"prefix {self.prefix}",) if self.prefix else ()
        return (*owner, f"region {self.region}", *prefix, *self._writes)

    @property
    def _writes(self) -> tuple[str, ...]:
        return ("allow-delete", "allow-overwrite") if self.writable else ("read-only",)
