"""Which roles there are, who holds them and what each may do; judged before anything is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from components.access_control.admission import Run
from components.access_control.args import AccessControlArgs, AwsAccessArgs, HolderArgs
from components.access_control.boundary import boundary_pattern
from components.access_control.permissions import AwsSite, State, permissions
from components.access_control.rbac import AUDITOR, CI, EKS_ADMIN, ML_ENGINEER, ROLES, Rights, RoleName, Service, rights
from components.access_control.trust import check_oidc, trust
from components.partition import partition_of
from components.principals import check_principals
from components.violations import Violations

READS_STATE = CI | {AUDITOR}
"""Roles that read Pulumi's state."""
# Kubernetes and EKS keep these for themselves (EKS API, CreateAccessEntry, `kubernetesGroups`).
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
BOUNDARY = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:policy/[\w+=,.@/-]+", re.ASCII)
# IAM user guide, "IAM and AWS STS quotas": a role's name has 64 characters at most.
MOST_NAME = 64
_NAMES: Mapping[str, RoleName] = {name: name for name in ROLES}


@dataclass(frozen=True, kw_only=True, slots=True)
class IamRole:
    """A role of IAM."""

    name: str
    trust: str
    """JSON."""
    permissions: str
    """JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessRole:
    """One role, wherever it exists."""

    name: RoleName
    iam: IamRole | None
    """None where nobody of AWS holds it."""
    groups: tuple[str, ...]
    """Kubernetes groups that its rights are bound to; empty for what has none there."""
    rights: Rights

    @property
    def eks_admin(self) -> bool:
        """Whether EKS makes it an administrator of the cluster."""
        return self.name in EKS_ADMIN


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessControlSpec:
    """All roles that are made."""

    roles: tuple[AccessRole, ...]
    run: Run
    """What an ML engineer may run."""

    @classmethod
    def parse(cls, args: AccessControlArgs) -> Self:
        """Raises SpecError with every violation."""
        violations = Violations("AccessControl")
        aws = args.get("aws")
        violations.unless(
            bool(args["roles"]), "roles", "", "access control gives somebody a role", f"name one of {', '.join(ROLES)}"
        )
        known: dict[RoleName, HolderArgs] = {}
        for name, holders in args["roles"].items():
            good = violations.unless(
                name in _NAMES, f"roles.{name}", name, f"the roles are {', '.join(ROLES)}", "give one of them"
            )
            _check_holders(violations, name, holders, aws)
            if good:
                known[_NAMES[name]] = holders
        _check_groups(violations, args["roles"])
        if aws is not None:
            _check_aws(violations, aws, args["roles"])
        violations.raise_if_any()
        site = _site(aws) if aws is not None else None
        given = rights(Service(**args["tracking"]), Service(**args["gateway"]))
        roles = tuple(_role(name, holders, site, given[name]) for name, holders in known.items())
        run = Run(
            namespace=args["namespace"],
            groups=tuple(group for role in roles if role.name == ML_ENGINEER for group in role.groups),
            accounts=tuple(args["run_accounts"]),
            workflow_accounts=tuple(args["workflow_accounts"]),
            secrets=tuple(args["run_secrets"]),
        )
        return cls(roles=roles, run=run)


def group_of(role: str) -> str:
    """The group of Kubernetes that EKS puts a role of IAM into."""
    return f"aifactory:{role}"


def _role(name: RoleName, holders: HolderArgs, site: AwsSite | None, given: Rights) -> AccessRole:
    principals, oidc = holders.get("principals", ()), holders.get("oidc")
    iam: IamRole | None = None
    groups = tuple(holders.get("groups", ()))
    if site is not None and (principals or oidc is not None):
        iam = IamRole(
            name=f"aifactory-{site.environment}-{name}",
            trust=trust(principals, oidc, site.region),
            permissions=permissions(name, site),
        )
        groups = (group_of(name), *groups)
    bound = groups if given.cluster or given.namespace else ()
    return AccessRole(name=name, iam=iam, groups=bound, rights=given)


def _site(aws: AwsAccessArgs) -> AwsSite:
    state, boundary = aws.get("state"), aws["boundary"]
    return AwsSite(
        region=aws["region"],
        cluster=aws["cluster_name"],
        environment=aws["environment"],
        objects=aws["objects_bucket"],
        vaults=dict(aws.get("vault_buckets", {})),
        state=State(bucket=state["bucket"], key_arn=state["key_arn"]) if state else None,
        deployed_roles=tuple(aws["deployed_roles"]),
        # What is made beside it has an ARN that a preview does not know, and a name that it does.
        boundary=boundary if isinstance(boundary, str) else boundary_pattern(aws["environment"], aws["region"]),
    )


def _check_holders(violations: Violations, name: str, holders: HolderArgs, aws: AwsAccessArgs | None) -> None:
    path = f"roles.{name}"
    principals, oidc, groups = holders.get("principals", ()), holders.get("oidc"), holders.get("groups", ())
    violations.unless(
        bool(principals or oidc or groups),
        path,
        "",
        "a role that is made is held by somebody",
        "name principals, oidc or groups, or leave the role out",
    )
    violations.unless(
        aws is not None or not (principals or oidc),
        f"{path}.principals" if principals else f"{path}.oidc",
        ", ".join(principals) or "oidc",
        "without AWS a role is held by groups of Kubernetes alone",
        "name groups, or set aifactory:region",
    )
    check_principals(violations, f"{path}.principals", principals)
    for index, arn in enumerate(principals):
        violations.unless(
            not arn.endswith(":root"),
            f"{path}.principals[{index}]",
            arn,
            "a role is for named roles and users, not for everybody of an account",
            "name the roles",
        )
        violations.unless(
            aws is None or arn.split(":")[1:2] == [partition_of(aws["region"])],
            f"{path}.principals[{index}]",
            arn,
            "a principal is of the partition of the region",
            f"e.g. arn:{partition_of(aws['region']) if aws else 'aws'}:iam::111122223333:role/NAME",
        )
    if oidc is not None:
        check_oidc(violations, f"{path}.oidc", oidc)
        violations.unless(
            name in CI, f"{path}.oidc", name, "jobs of CI hold the roles of CI", f"give {' or '.join(sorted(CI))}"
        )
    violations.unless(
        name not in EKS_ADMIN or not groups,
        f"{path}.groups",
        ", ".join(groups),
        "what deploys on premises does so by the site's own kubeconfig: no role of this program makes an administrator",
        "leave the role out",
    )


def _check_groups(violations: Violations, roles: Mapping[str, HolderArgs]) -> None:
    every = [(name, group) for name, holders in roles.items() for group in holders.get("groups", ())]
    for name, group in every:
        violations.unless(
            bool(group) and not group.startswith(RESERVED),
            f"roles.{name}.groups",
            group,
            f"a group has a name, which does not begin with {', '.join(RESERVED)}: these are Kubernetes' own and EKS's",
            "e.g. ml-engineers",
        )
    shared = sorted({group for _, group in every if len([one for _, one in every if one == group]) > 1})
    violations.unless(
        not shared,
        "roles",
        ", ".join(shared),
        "a group holds one role: two would be added up",
        "make a group for each role",
    )


def _check_aws(violations: Violations, aws: AwsAccessArgs, roles: Mapping[str, HolderArgs]) -> None:
    needing = [name for name in roles if name in READS_STATE]
    violations.unless(
        not needing or aws.get("state") is not None,
        "state",
        "",
        f"{', '.join(needing)} reads the state of Pulumi",
        "say where it is: bucket and key_arn, as `aifactory bootstrap` prints them",
    )
    violations.unless(
        bool(aws["deployed_roles"]) and all(re.match(r"[\w+=,.@-]{3,}", one) for one in aws["deployed_roles"]),
        "deployed_roles",
        ", ".join(aws["deployed_roles"]),
        "roles that a deployment makes begin with 3 fixed characters or more: rights over rights are for named roles",
        "e.g. cluster-role-*",
    )
    boundary = aws["boundary"]
    violations.unless(
        not isinstance(boundary, str) or BOUNDARY.fullmatch(boundary) is not None,
        "permissions_boundary",
        boundary,
        "a permissions boundary is a policy of the account, by its ARN",
        "e.g. arn:aws:iam::111122223333:policy/boundary",
    )
    for name in roles:
        full = f"aifactory-{aws['environment']}-{name}"
        violations.unless(
            len(full) <= MOST_NAME, "environment", full, f"the name of a role has {MOST_NAME} characters at most"
        )
