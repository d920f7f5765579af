"""The rules of a vault bucket."""

import json
from dataclasses import dataclass
from typing import Self

from components.object_store.roles import VAULT_ROLES, check_accounts
from components.object_store.spec import check_bucket
from components.vault.args import VaultBucketArgs
from components.violations import Violations

# S3 API, DefaultRetention: at most 100 years.
MOST_DAYS = 36500


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultBucketSpec:
    """A bucket under Object Lock from its creation."""

    bucket: str
    retention_days: int
    endpoint: str
    profile: str

    @classmethod
    def parse(cls, args: VaultBucketArgs) -> Self:
        """Raises SpecError for a name, an endpoint or a retention that cannot be."""
        violations = Violations("VaultBucket")
        days = args["retention_days"]
        spec = cls(
            bucket=args["bucket"],
            retention_days=days,
            endpoint=args.get("endpoint", ""),
            profile=args.get("profile", ""),
        )
        check_bucket(violations, spec.bucket, spec.endpoint)
        check_accounts(violations, args.get("accounts", ()), VAULT_ROLES, spec.endpoint)
        violations.unless(
            type(days) is int and 1 <= days <= MOST_DAYS,
            "retention_days",
            days,
            f"a vault keeps its objects for a whole number of days, 1 to {MOST_DAYS}",
            "set aifactory:retentionDays",
        )
        violations.raise_if_any()
        return spec

    @property
    def on_aws(self) -> bool:
        """Whether the bucket is AWS's, where controls exist that other stores lack."""
        return not self.endpoint


def encrypted_transport_only(arn: str) -> str:
    """A bucket policy of AWS that denies every call that is not over TLS."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "EncryptedTransportOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )
