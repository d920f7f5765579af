"""Principals of other accounts that a bucket and its key admit."""

import re
from collections.abc import Iterable, Sequence

from components.violations import Violations

# IAM user guide, "IAM identifiers": an IAM ARN has no region; a role's or user's name may have a path before it.
ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/([\x21-\x7e]+/)?[\w+=,.@-]{1,64})", re.ASCII)
RULE = "a principal is the ARN of an IAM role, of an IAM user, or of an account (`:root`), without a wildcard"
REMEDY = "e.g. arn:aws:iam::123456789012:role/NAME; the ARN of a session (`assumed-role`) ends with it: name its role instead"


def check_principals(violations: Violations, path: str, arns: Iterable[str]) -> None:
    """Notes each ARN that no policy takes. IAM itself would refuse it only when the policy is put."""
    for index, arn in enumerate(arns):
        violations.unless(ARN.fullmatch(arn) is not None and "*" not in arn, f"{path}[{index}]", arn, RULE, REMEDY)


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
