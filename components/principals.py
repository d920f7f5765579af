"""Principals of IAM that a resource admits, by ARN."""

import re
from collections.abc import Iterable, Sequence

from components.violations import Violations

# IAM user guide, "IAM identifiers": an IAM ARN has no region; a role's or user's name may have a path before it.
_NAME = r"([\x21-\x7e]+/)?[\w+=,.@-]{1,64}"
PRINCIPAL = re.compile(rf"arn:aws[a-z-]*:iam::[0-9]{{12}}:(root|(role|user)/{_NAME})", re.ASCII)
ROLE = re.compile(rf"arn:aws[a-z-]*:iam::[0-9]{{12}}:role/{_NAME}", re.ASCII)
SESSION = "the ARN of a session (`assumed-role`) names its role before the last `/`: name that role"


def is_role(arn: str) -> bool:
    """Whether that is the ARN of one role of IAM."""
    return ROLE.fullmatch(arn) is not None and "*" not in arn


def check_principals(violations: Violations, path: str, arns: Iterable[str]) -> None:
    """Notes each ARN that is no principal. IAM itself would refuse it only when the policy is put."""
    for index, arn in enumerate(arns):
        violations.unless(
            PRINCIPAL.fullmatch(arn) is not None and "*" not in arn,
            f"{path}[{index}]",
            arn,
            "a principal is the ARN of an IAM role, of an IAM user, or of an account (`:root`), without a wildcard",
            f"e.g. arn:aws:iam::123456789012:role/NAME; {SESSION}",
        )


def check_roles(violations: Violations, path: str, arns: Iterable[str]) -> None:
    """Notes each ARN that is no role's."""
    for index, arn in enumerate(arns):
        violations.unless(
            is_role(arn),
            f"{path}[{index}]",
            arn,
            "who may write is one role of IAM, by its ARN, no wildcard: a user's keys do not end, an account is many",
            f"e.g. arn:aws:iam::123456789012:role/NAME; {SESSION}",
        )


def account_of(arn: str) -> str:
    """ARN of the account that a principal is of."""
    partition, account = arn.split(":")[1], arn.split(":")[4]
    return f"arn:{partition}:iam::{account}:root"


def admitted(arns: Sequence[str], condition: dict[str, object] | None = None) -> list[dict[str, object]]:
    """`Principal` and `Condition` of the statements that admit these principals, beside a condition for all of them.

    A policy that names a role that does not exist is refused, by S3 as by KMS, and one that names a role that was made
    again no longer admits it: its ARN became an id (IAM user guide, "AWS JSON policy elements: Principal"). A vault is
    made before the roles that write to it. Therefore the role's account is named, and the role by a condition.
    """
    accounts = [arn for arn in arns if arn.endswith(":root")]
    single = [arn for arn in arns if not arn.endswith(":root")]
    found: list[dict[str, object]] = []
    if accounts:
        found.append({"Principal": {"AWS": accounts}, **({"Condition": condition} if condition else {})})
    if single:
        found.append(
            {
                "Principal": {"AWS": sorted({account_of(arn) for arn in single})},
                "Condition": {**(condition or {}), "ArnEquals": {"aws:PrincipalArn": single}},
            }
        )
    return found
