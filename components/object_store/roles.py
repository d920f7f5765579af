"""What pods may do at a store, by role: the fewest calls that their programs make. Never a bucket's configuration."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.violations import Violations

CONTRACTS = "contracts/"
"""Where a layer publishes what the next one trusts: no pod's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """The calls of one kind of pod."""

    on_objects: tuple[str, ...]
    prefix: str = ""
    """Where its objects lie in the bucket."""
    on_bucket: tuple[str, ...] = ("ListBucket",)
    """Without ListBucket a store answers 403, not 404, for an object that is not there."""


READ = ("GetObject", "GetObjectVersion")
"""The calls of who reads objects."""
# A large object is put in parts; what an ended upload left is removed by who began it.
_WRITE = ("AbortMultipartUpload", "ListMultipartUploadParts", "PutObject")
# PutObjectRetention only lengthens a date under COMPLIANCE. No role may delete.
_LOCK = ("GetObjectRetention", "PutObjectRetention")
# MinIO lets whoever may put a date shorten one under GOVERNANCE, with or without the right to bypass it.
_NO_WEAK_LOCK = {
    "Effect": "Deny",
    "Action": ["s3:PutObjectRetention"],
    "Condition": {"StringEquals": {"s3:object-lock-mode": ["GOVERNANCE"]}},
}

STAGES, SERVING, COPIES, LOGS = "stages", "serving", "copies", "logs"
OBJECTS_ROLES: Mapping[str, Role] = {
    # Nothing is ever deleted: a stage that is tried again writes elsewhere.
    STAGES: Role(on_objects=(*READ, *_WRITE)),
    SERVING: Role(on_objects=READ),
}
VAULT_ROLES: Mapping[str, Role] = {
    COPIES: Role(on_objects=(*READ, *_WRITE, *_LOCK)),
    LOGS: Role(on_objects=(*READ, *_WRITE, *_LOCK), prefix="inference-logs/"),
}


def account_name(bucket: str, role: str) -> str:
    """The account of a role at a bucket: a bucket's name is its store's own, so two factories on one store never meet."""
    return f"{bucket}.{role}"


def secret_of(key: str, store: str, role: str) -> str:
    """The secret of a role's account at a store (`objects`, `vault`, `offsite`): 160 bits that only the key's holder can make.

    MinIO takes secrets of 8 characters and more; 40 is what it makes itself.
    """
    return hmac.new(key.encode(), f"{store}/{role}".encode(), hashlib.sha256).hexdigest()[:40]


def policy_document(bucket: str, role: Role) -> str:
    """An IAM policy (JSON) with the role's calls on one bucket and nothing else."""
    return json.dumps({"Version": "2012-10-17", "Statement": role_statements(f"arn:aws:s3:::{bucket}", role)})


def role_statements(arn: str, role: Role) -> list[dict[str, object]]:
    """Statements of an IAM policy with the role's calls on the bucket of that ARN."""
    locks = "PutObjectRetention" in role.on_objects
    return [
        {"Effect": "Allow", "Action": actions(role.on_objects), "Resource": [f"{arn}/{role.prefix}*"]},
        {"Effect": "Allow", "Action": actions(role.on_bucket), "Resource": [arn]},
        {"Effect": "Deny", "Action": ["s3:*"], "Resource": [f"{arn}/{CONTRACTS}*"]},
        *([{**_NO_WEAK_LOCK, "Resource": [f"{arn}/*"]}] if locks else []),
    ]


def check_accounts(violations: Violations, named: Iterable[str], roles: Mapping[str, Role], endpoint: str) -> None:
    """Notes roles that there are not, and accounts on a store that has none of MinIO's."""
    names = sorted(named)
    violations.unless(
        set(names) <= set(roles), "accounts", ", ".join(names), f"the roles of this bucket are {', '.join(roles)}"
    )
    violations.unless(
        not names or bool(endpoint),
        "accounts",
        ", ".join(names),
        "accounts are made by MinIO's admin API, and a bucket without an endpoint is on AWS",
        "name the store's endpoint, or give pods accounts of your own",
    )


def actions(calls: Iterable[str]) -> list[str]:
    """Calls of S3 as policies name them."""
    return sorted(f"s3:{call}" for call in calls)
