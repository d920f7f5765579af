"""The rules of who may use a cluster."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.cluster.args import AccessArgs
from components.partition import partition_of
from components.violations import Violations

ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"
# EKS user guide, "Review access policy permissions": those for people and programs. Others are of AWS's own services.
POLICIES = ("AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy")
# IAM user guide, "IAM ARNs". EKS API, CreateAccessEntry: a session of STS is no principal of an access entry.
PRINCIPAL = r"arn:{partition}:iam::\d{{12}}:(role|user)/[\w+=,.@/-]+"
# EKS user guide, "Associate access policies with access entries": `dev-*` and `*-test` are namespaces too.
NAMESPACE = r"[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What one IAM principal may do in the cluster."""

    principal: str
    policy: str
    namespaces: tuple[str, ...]
    """Empty for the whole cluster."""

    @property
    def policy_arn(self) -> str:
        """The access policy, in the partition of its principal."""
        return f"arn:{self.principal.split(':')[1]}:eks::aws:cluster-access-policy/{self.policy}"

    @property
    def suffix(self) -> str:
        """Its part of a resource's name: one role may have the same name in two accounts."""
        return self.principal.split("::", 1)[1].replace(":", "/")


def parse_access(
    violations: Violations, admins: Sequence[str], access: Mapping[str, AccessArgs], region: str, needed: bool
) -> tuple[Access, ...]:
    """Notes every principal and policy that EKS refuses; `needed` says whether there has to be an administrator."""
    partition = partition_of(region)
    example = f"arn:{partition}:iam::111122223333:role/platform"
    violations.unless(
        bool(admins) or not needed,
        "admins",
        "",
        "a cluster has an administrator: the principal that makes it is not one by itself, and nobody could enter",
        f"name the role that deploys, and one for emergencies, e.g. {example}",
    )
    named = [
        *((f"admins[{index}]", arn) for index, arn in enumerate(admins)),
        *((f"access[{arn}]", arn) for arn in access),
    ]
    for path, arn in named:
        violations.unless(
            re.fullmatch(PRINCIPAL.format(partition=partition), arn) is not None,
            path,
            arn,
            f"access is given to a role or a user of the partition {partition}, by its ARN; not to a session of a role,"
            " nor to a whole account",
            f"e.g. {example}",
        )
    twice = sorted({arn for arn in (*admins, *access) if (*admins, *access).count(arn) > 1})
    violations.unless(
        not twice,
        "admins",
        ",".join(twice),
        "a principal has one access entry, and is named once in admins and access together",
        "remove it from one of them",
    )
    for arn, one in access.items():
        _check_grant(violations, f"access[{arn}]", one)
    return (
        *(Access(principal=arn, policy=ADMIN_POLICY, namespaces=()) for arn in admins),
        *(
            Access(principal=arn, policy=one["policy"], namespaces=tuple(one.get("namespaces", ())))
            for arn, one in access.items()
        ),
    )


def _check_grant(violations: Violations, path: str, access: AccessArgs) -> None:
    violations.unless(
        access["policy"] in POLICIES,
        f"{path}.policy",
        access["policy"],
        f"the access policies below an administrator are {', '.join(POLICIES)}",
        "put an administrator into admins" if access["policy"] == ADMIN_POLICY else "name one of them",
    )
    namespaces = access.get("namespaces")
    violations.unless(
        namespaces is None or bool(namespaces),
        f"{path}.namespaces",
        "",
        "access to namespaces names one or more",
        "leave it out for the whole cluster",
    )
    for namespace in namespaces or ():
        violations.unless(
            re.fullmatch(NAMESPACE, namespace) is not None,
            f"{path}.namespaces",
            namespace,
            "a namespace is 1 to 63 lower-case letters, digits and dashes; * stands for any of them",
            "e.g. team-*",
        )
