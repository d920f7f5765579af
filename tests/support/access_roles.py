"""The declaration that roles are tried by: each role there is, held by somebody."""

import pulumi

from components.access_control.args import AccessControlArgs, HolderArgs
from components.access_control.boundary import boundary_document
from components.access_control.rbac import CI, CI_DEPLOY, ROLES, RoleName
from components.access_control.spec import AccessControlSpec

ACCOUNT = "111122223333"
REGION, VAULT_REGION, OFFSITE_REGION = "us-east-1", "us-east-2", "eu-west-1"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
STATE_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/state"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/aifactory/access/aifactory-aws-boundary"
NAMESPACE = "factory"
DEPLOYED = ("cluster-role-*", "aifactory-aws-*")


def holder(role: str) -> HolderArgs:
    """A role of people is held by a role of the directory, a role of CI by one environment's jobs."""
    if role in CI:
        subject = f"repo:example/factory:environment:{role}"
        return {"oidc": {"provider_arn": PROVIDER, "subjects": [subject]}}
    return {"principals": [f"arn:aws:iam::{ACCOUNT}:role/directory/{role}"]}


def on_aws(boundary: pulumi.Input[str] = BOUNDARY) -> AccessControlArgs:
    """Every role at AWS."""
    return {
        **on_premises(),
        "roles": {role: holder(role) for role in ROLES},
        "aws": {
            "region": REGION,
            "cluster_name": "factory",
            "environment": "aws",
            "objects_bucket": "objects",
            "vault_buckets": {"vault": VAULT_REGION, "offsite": OFFSITE_REGION},
            "state": {"bucket": "state", "key_arn": STATE_KEY},
            "deployed_roles": DEPLOYED,
            "boundary": boundary,
        },
    }


def on_premises() -> AccessControlArgs:
    """Every role that a Kubernetes on premises has, by a group of its name."""
    return {
        "roles": {role: {"groups": [role]} for role in ROLES if role != CI_DEPLOY},
        "namespace": NAMESPACE,
        "tracking": {"name": "mlflow", "port": 5000},
        "gateway": {"name": "serving", "port": 8000},
        "run_accounts": ["stage"],
        "workflow_accounts": ["run"],
        "run_secrets": ["stores-objects"],
    }


def policies() -> dict[RoleName, str]:
    """Role -> its policy at AWS."""
    spec = AccessControlSpec.parse(on_aws())
    return {role.name: role.iam.permissions for role in spec.roles if role.iam is not None}


def boundary() -> str:
    """The boundary of all of them."""
    return boundary_document("aws", [REGION, VAULT_REGION, OFFSITE_REGION], DEPLOYED)
