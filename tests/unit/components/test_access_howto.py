"""The table of docs/howto/give-access.md says what roles may do, as their rights and policies have it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from components.access_control.rbac import EKS_ADMIN, ROLES, RoleName, Service, rights
from host.cache import REPOSITORY
from tests.support.access_roles import boundary, policies
from tests.support.iam import Request, allowed
from tests.unit.components.access_verbs import (
    ADMIN_ROLE,
    AUDIT_LOG,
    BOUNDED,
    FACTORY_ROLE,
    HERE,
    OWN_KEY,
    REGION,
    VAULT_REGION,
)

PAGE = REPOSITORY / "docs" / "howto" / "give-access.md"
Asked = Callable[[RoleName], bool]


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """A request of Kubernetes."""

    verb: str
    resource: str
    group: str = ""
    name: str = ""
    elsewhere: bool = False
    """In another namespace, or on what has none."""

    def __call__(self, role: RoleName) -> bool:
        given = rights(Service(name="mlflow", port=5000), Service(name="serving", port=8000))[role]
        rules = given.cluster if self.elsewhere else (*given.cluster, *given.namespace)
        return role in EKS_ADMIN or any(
            one.group == self.group
            and self.resource in one.resources
            and self.verb in one.verbs
            and (not one.names or self.name in one.names)
            for one in rules
        )


@dataclass(frozen=True, slots=True)
class Aws:
    """A call of AWS."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] | None = None
    region: str = REGION

    def __call__(self, role: RoleName) -> bool:
        context = {**HERE, "aws:RequestedRegion": self.region, **(self.context or {})}
        return allowed(
            Request(action=self.action, resource=self.resource, context=context), [role_policies()[role]], boundary()
        )


@cache
def role_policies() -> Mapping[RoleName, str]:
    return policies()


ROWS: Mapping[str, Asked] = {
    "see pods and Workflows of the factory": Kubernetes("list", "pods"),
    "see its Jobs, JobSets, Deployments, ConfigMaps": Kubernetes("list", "jobs", "batch"),
    "read logs of its pods": Kubernetes("get", "pods/log"),
    "see every namespace": Kubernetes("list", "pods", elsewhere=True),
    "see roles and admission policies": Kubernetes("list", "clusterroles", "rbac.authorization.k8s.io", elsewhere=True),
    "make Jobs, JobSets and Workflows": Kubernetes("create", "workflows", "argoproj.io"),
    "delete them": Kubernetes("delete", "workflows", "argoproj.io"),
    "cordon nodes, evict pods, scale Deployments": Kubernetes("patch", "nodes", elsewhere=True),
    "read MLflow": Kubernetes("get", "services/proxy", name="mlflow:5000"),
    "search and write MLflow": Kubernetes("create", "services/proxy", name="mlflow:5000"),
    "ask the model through the API server": Kubernetes("create", "services/proxy", name="serving:8000"),
    "read Secrets": Kubernetes("get", "secrets"),
    "enter a pod (`exec`, `attach`, `port-forward`)": Kubernetes("create", "pods/exec"),
    "describe what is at AWS": Aws("ec2:DescribeVpcs"),
    "read all of IAM, findings of security": Aws("securityhub:GetFindings"),
    "read CloudTrail": Aws("cloudtrail:LookupEvents"),
    "read the API server's audit log": Aws("logs:FilterLogEvents", AUDIT_LOG),
    "read the state": Aws("s3:GetObject", "arn:aws:s3:::state/x"),
    "write the state": Aws("s3:PutObject", "arn:aws:s3:::state/x"),
    "read objects": Aws("s3:GetObject", "arn:aws:s3:::objects/data/1"),
    "read the vault": Aws("s3:GetObjectVersion", "arn:aws:s3:::vault/x", region=VAULT_REGION),
    "restart nodes": Aws("ec2:RebootInstances", context={"aws:ResourceTag/eks:cluster-name": "factory"}),
    "make and change resources": Aws("ec2:CreateVpc"),
    "make roles within the boundary": Aws("iam:CreateRole", FACTORY_ROLE, BOUNDED),
    "make other roles, pass any role": Aws("iam:PassRole", ADMIN_ROLE),
    "make access keys": Aws("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/x"),
    "remove protection": Aws("s3:BypassGovernanceRetention", "arn:aws:s3:::vault/x", region=VAULT_REGION),
    "delete keys": Aws("kms:ScheduleKeyDeletion", OWN_KEY),
}


def table() -> str:
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for text, asked in ROWS.items():
        lines.append(f"| {text} | {' | '.join('yes' if asked(role) else '' for role in ROLES)} |")
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines)


def test_the_table_says_what_roles_may_do() -> None:
    assert table() in PAGE.read_text(), f"the table of {PAGE.name} is now:\n{table()}"
