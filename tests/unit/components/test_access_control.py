"""AccessControl: roles from one declaration of who holds them; what would be too wide is named before it is made."""

import json
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access_control.args import AccessControlArgs, PermissionsBoundaryArgs
from components.access_control.component import AccessControl, PermissionsBoundary
from components.access_control.rbac import CI_DEPLOY, ROLES
from components.access_control.spec import AccessControlSpec, group_of
from components.violations import SpecError, Violation
from tests.support.access_roles import ACCOUNT, BOUNDARY, DEPLOYED, PROVIDER, boundary, on_aws, on_premises, policies
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.recorder import Recorder, declared

ROLE, ENTRY = "aws:iam/role:Role", "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
OWN: PermissionsBoundaryArgs = {"environment": "aws", "regions": ["us-east-1"], "deployed_roles": DEPLOYED}
Document = dict[str, list[dict[str, object]]]


def at_aws() -> Requests:
    return requested(lambda: AccessControl("access", on_aws()))


def trust(found: Requests, role: str) -> list[dict[str, object]]:
    policy = str(found.inputs(ROLE, f"access-{role}")["assumeRolePolicy"])
    return cast("Document", json.loads(policy))["Statement"]


def changed(role: str, holder: Mapping[str, object], **more: object) -> AccessControlArgs:
    args = on_aws()
    assert "aws" in args
    return cast("AccessControlArgs", {**args, "roles": {role: holder}, "aws": {**args["aws"], **more}})


def violations(args: AccessControlArgs) -> tuple[Violation, ...]:
    with pytest.raises(SpecError) as caught:
        AccessControlSpec.parse(args)
    assert caught.value.component == "AccessControl"
    return caught.value.violations


def test_each_role_has_a_boundary_a_policy_and_a_way_into_the_cluster() -> None:
    found = at_aws()
    for role in ROLES:
        made = found.inputs(ROLE, f"access-{role}")
        assert (made["name"], made["path"]) == (f"aifactory-aws-{role}", "/aifactory/access/")
        assert made["permissionsBoundary"] == BOUNDARY
        entry = found.inputs(ENTRY, f"access-{role}")
        groups = None if role == CI_DEPLOY else [group_of(role)]
        assert (entry["clusterName"], entry.get("kubernetesGroups")) == ("factory", groups)
    assert len(found.recorded.of("aws:iam/rolePolicy:RolePolicy")) == len(ROLES)


def test_only_the_deployment_is_an_administrator_of_the_cluster() -> None:
    (association,) = at_aws().recorded.of(ASSOCIATION)
    assert association.name == f"access-{CI_DEPLOY}"
    assert str(association.inputs["policyArn"]).endswith("/AmazonEKSClusterAdminPolicy")


def test_people_are_trusted_by_their_own_role() -> None:
    (statement,) = trust(at_aws(), "auditor")
    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/directory/auditor"]}
    }


def test_a_user_brings_mfa() -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/somebody"
    found = requested(lambda: AccessControl("access", changed("ml-viewer", {"principals": [user]})))
    (statement,) = trust(found, "ml-viewer")
    assert statement["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "ArnEquals": {"aws:PrincipalArn": [user]},
    }


def test_ci_is_trusted_by_the_whole_subject_of_its_token() -> None:
    (statement,) = trust(at_aws(), "ci-preview")
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": ["repo:example/factory:environment:ci-preview"],
        }
    }


def test_on_premises_nothing_is_made_at_aws() -> None:
    seen = declared(lambda: AccessControl("access", on_premises()), Recorder())
    assert [one.kind for one in seen.seen if one.kind.startswith("aws:")] == []
    (binding,) = (one for one in seen.of(f"{RBAC}:RoleBinding") if one.name == "access-ml-engineer")
    subjects = cast("list[Mapping[str, str]]", binding.inputs["subjects"])
    assert [(one["kind"], one["name"]) for one in subjects] == [("Group", "ml-engineer")]


def test_what_an_engineer_runs_is_judged_only_where_there_are_engineers() -> None:
    args = on_premises()
    without: AccessControlArgs = {**args, "roles": {"auditor": {"groups": ["auditors"]}}}
    kind = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    assert declared(lambda: AccessControl("access", without), Recorder()).of(kind) == []
    assert len(declared(lambda: AccessControl("access", args), Recorder()).of(kind)) == 2


def test_the_boundary_is_protected_and_named() -> None:
    found = requested(lambda: PermissionsBoundary("boundary", OWN))
    made = found.inputs("aws:iam/policy:Policy", "boundary-policy")
    assert (made["name"], made["path"]) == ("aifactory-aws-boundary", "/aifactory/access/")
    assert found.asked["aws:iam/policy:Policy boundary-policy"].protected


def test_a_preview_shows_every_policy() -> None:
    """The boundary that is made beside them has no ARN yet: a reviewer reads the policies all the same."""

    def program() -> None:
        made = PermissionsBoundary("boundary", OWN)
        AccessControl("access", on_aws(made.arn))

    found = requested(program, preview=True)
    shown = [str(one.inputs["policy"]) for one in found.recorded.of("aws:iam/rolePolicy:RolePolicy")]
    assert len(shown) == len(ROLES)
    assert sum("policy/aifactory/access/aifactory-aws-boundary" in one for one in shown) == 1


def test_names_of_statements_are_given_once() -> None:
    for policy in (*policies().values(), boundary()):
        named = [str(one["Sid"]) for one in cast("Document", json.loads(policy))["Statement"]]
        assert len(named) == len(set(named))
        assert all(one.isalnum() for one in named)


@pytest.mark.parametrize(
    ("args", "path", "rule"),
    [
        (changed("auditor", {}), "roles.auditor", "held by somebody"),
        (changed("boss", {"groups": ["x"]}), "roles.boss", "the roles are"),
        (changed("auditor", {"groups": ["system:masters"]}), "roles.auditor.groups", "Kubernetes' own"),
        (
            changed("auditor", {"principals": [f"arn:aws:iam::{ACCOUNT}:root"]}),
            "roles.auditor.principals[0]",
            "everybody of an account",
        ),
        (
            changed("auditor", {"principals": [f"arn:aws:iam::{ACCOUNT}:role/*"]}),
            "roles.auditor.principals[0]",
            "without a wildcard",
        ),
        (
            changed("auditor", {"principals": [f"arn:aws-cn:iam::{ACCOUNT}:role/x"]}),
            "roles.auditor.principals[0]",
            "partition",
        ),
        (
            changed("auditor", {"oidc": {"provider_arn": PROVIDER, "subjects": ["repo:o/r:ref:refs/heads/main"]}}),
            "roles.auditor.oidc",
            "jobs of CI",
        ),
        (
            changed("ci-preview", {"oidc": {"provider_arn": PROVIDER, "subjects": ["repo:o/r:*"]}}),
            "roles.ci-preview.oidc.subjects[0]",
            "as a whole",
        ),
        (
            changed("ci-preview", {"oidc": {"provider_arn": PROVIDER, "subjects": ["repo:o/r:pull_request"]}}),
            "roles.ci-preview.oidc.subjects[0]",
            "takes no role",
        ),
        (
            changed("ci-preview", {"oidc": {"provider_arn": PROVIDER, "subjects": []}}),
            "roles.ci-preview.oidc.subjects",
            "subject",
        ),
        (
            changed("ci-preview", {"oidc": {"provider_arn": "github", "subjects": ["a:b"]}}),
            "roles.ci-preview.oidc.provider_arn",
            "OIDC provider",
        ),
        (changed("ci-deploy", {"groups": ["ci"]}), "roles.ci-deploy.groups", "kubeconfig"),
        (changed("ml-viewer", {"groups": ["x"]}, boundary="x"), "permissions_boundary", "by its ARN"),
        (changed("ml-viewer", {"groups": ["x"]}, deployed_roles=["*"]), "deployed_roles", "3 fixed"),
        (changed("ml-viewer", {"groups": ["x"]}, environment="e" * 60), "environment", "64"),
        (changed("auditor", {"groups": ["x"]}, state=None), "state", "reads the state"),
        (
            {**on_premises(), "roles": {"auditor": {"principals": [f"arn:aws:iam::{ACCOUNT}:role/x"]}}},
            "roles.auditor.principals",
            "without AWS",
        ),
        (
            {**on_premises(), "roles": {"auditor": {"groups": ["x"]}, "security": {"groups": ["x"]}}},
            "roles",
            "holds one role",
        ),
        ({**on_premises(), "roles": {}}, "roles", "gives somebody"),
    ],
)
def test_what_is_too_wide_or_no_use_is_named(args: AccessControlArgs, path: str, rule: str) -> None:
    (found,) = violations(args)
    assert found.path == path
    assert rule in found.rule
    assert found.remedy or found.path == "environment"


def test_all_violations_come_at_once() -> None:
    args = changed("boss", {"groups": ["system:masters"], "principals": ["x"]}, boundary="x")
    assert {one.path for one in violations(args)} >= {
        "roles.boss",
        "roles.boss.groups",
        "roles.boss.principals[0]",
        "permissions_boundary",
    }


@given(st.text(min_size=1, max_size=40))
def test_a_subject_is_exact_or_refused(subject: str) -> None:
    args = changed("ci-preview", {"oidc": {"provider_arn": PROVIDER, "subjects": [subject]}})
    try:
        (role,) = AccessControlSpec.parse(args).roles
    except SpecError:
        return
    assert role.iam is not None
    assert not set("*?$") & set(subject)
    assert json.dumps(subject) in role.iam.trust
