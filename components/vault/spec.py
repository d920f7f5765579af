"""The rules of a vault bucket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from components.object_store.policies import document, tls_only
from components.object_store.roles import VAULT_ROLES, check_accounts
from components.object_store.spec import MOST_DAYS, check_bucket, check_on_aws_alone
from components.principals import check_roles
from components.vault.args import VaultBucketArgs
from components.violations import Violations


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultBucketSpec:
    """A bucket under Object Lock from its creation."""

    bucket: str
    retention_days: int
    endpoint: str
    profile: str
    writers: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, args: VaultBucketArgs) -> Self:
        """Raises SpecError for a name, an endpoint, a retention or writers that cannot be."""
        violations = Violations("VaultBucket")
        days = args["retention_days"]
        spec = cls(
            bucket=args["bucket"],
            retention_days=days,
            endpoint=args.get("endpoint", ""),
            profile=args.get("profile", ""),
            writers={role: tuple(arns) for role, arns in args.get("writers", {}).items()},
        )
        check_bucket(violations, spec.bucket, spec.endpoint)
        check_accounts(violations, args.get("accounts", ()), VAULT_ROLES, spec.endpoint)
        # S3 API, DefaultRetention: at most 100 years.
        violations.unless(
            type(days) is int and 1 <= days <= MOST_DAYS,
            "retention_days",
            days,
            f"a vault keeps its objects for a whole number of days, 1 to {MOST_DAYS}",
            "set aifactory:retentionDays",
        )
        violations.unless(
            set(spec.writers) <= set(VAULT_ROLES),
            "writers",
            ", ".join(spec.writers),
            f"the roles of this bucket are {', '.join(VAULT_ROLES)}",
            f"give each ARN under one of {', '.join(VAULT_ROLES)}",
        )
        for role, arns in spec.writers.items():
            check_roles(violations, f"writers.{role}", arns)
        check_on_aws_alone(violations, "writers", spec.writer_arns, spec.endpoint)
        violations.raise_if_any()
        return spec

    @property
    def on_aws(self) -> bool:
        """Whether the bucket is AWS's, where controls exist that other stores lack."""
        return not self.endpoint

    @property
    def writer_arns(self) -> tuple[str, ...]:
        """Every writer once."""
        return tuple(dict.fromkeys(arn for arns in self.writers.values() for arn in arns))


def encrypted_transport_only(arn: str) -> str:
    """A bucket policy of AWS that denies every call that is not over TLS."""
    return document([tls_only(arn)])
