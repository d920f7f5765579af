"""Who may take a role: named principals of IAM, and jobs of CI by their whole subject."""

import re
from collections.abc import Sequence

from components.access_control.args import OidcArgs
from components.access_control.statements import Statement, document
from components.partition import sts_audience
from components.principals import admitted
from components.violations import Violations

PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/(?P<issuer>[a-z0-9.-]+(/[\w./-]*)?)", re.ASCII)
# IAM user guide, "AWS global condition context keys": absent where a role takes another one, so no role could enter.
MFA: dict[str, object] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def trust(principals: Sequence[str], oidc: OidcArgs | None, region: str) -> str:
    """The trust policy, as JSON. A user brings MFA; a role's identity provider has asked for it."""
    users = [arn for arn in principals if ":user/" in arn]
    roles = [arn for arn in principals if ":user/" not in arn]
    statements: list[Statement] = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", **who} for who in (*admitted(roles), *admitted(users, MFA))
    ]
    if oidc is not None:
        issuer = oidc["provider_arn"].partition(":oidc-provider/")[2]
        expected: dict[str, object] = {
            f"{issuer}:aud": oidc.get("audience") or sts_audience(region),
            f"{issuer}:sub": list(oidc["subjects"]),
        }
        statements.append(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": oidc["provider_arn"]},
                "Condition": {"StringEquals": expected},
            }
        )
    return document(statements)


def check_oidc(violations: Violations, path: str, oidc: OidcArgs) -> None:
    """Notes a provider that is none, and subjects that more than one kind of job has."""
    violations.unless(
        PROVIDER.fullmatch(oidc["provider_arn"]) is not None,
        f"{path}.provider_arn",
        oidc["provider_arn"],
        "jobs of CI come by an OIDC provider of the account",
        "e.g. arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    )
    violations.unless(
        bool(oidc["subjects"]),
        f"{path}.subjects",
        "",
        "jobs are named by the subject of their token",
        "e.g. repo:example/factory:environment:production",
    )
    for index, subject in enumerate(oidc["subjects"]):
        violations.unless(
            ":" in subject and not re.search(r"[*?$\s]", subject),
            f"{path}.subjects[{index}]",
            subject,
            "a subject is compared as a whole, without a wildcard or a variable",
            "name the branch or the environment",
        )
        violations.unless(
            not subject.endswith(":pull_request"),
            f"{path}.subjects[{index}]",
            subject,
            "the subject of pull requests is that of every job of every one of them, so it takes no role",
            "name an environment that has reviewers, e.g. repo:example/factory:environment:preview",
        )
