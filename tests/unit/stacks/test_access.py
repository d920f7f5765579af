"""Access as the examples configure it: every role of IAM has the boundary, and a deployment may make those that it makes."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import cast

import pulumi
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from components.accelerators import AwsAccess
from components.access_control.boundary import boundary_document
from components.access_control.rbac import ROLES
from components.violations import SpecError
from stacks import contracts
from stacks.access import deployed_roles
from stacks.configuration import of_stack
from stacks.keys import with_keys
from stacks.layers import aws_platform, platform
from stacks.names import PROJECT
from stacks.settings import StackName, VaultSettings
from tests.support.iam import Request, allowed, statements
from tests.unit.components.recorder import Recorder, declared

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "http://127.0.0.1:1"
ROLE = "aws:iam/role:Role"
STACK = StackName("aws", "platform")
EVERYTHING = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
set_all_config = cast("object", pulumi.runtime.set_all_config)


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository's own examples, and nobody who answers for AWS."""
    monkeypatch.chdir(ROOT)
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": NOWHERE}.items():
        monkeypatch.setenv(name, value)

    def planned(stack: StackName) -> contracts.VaultContract:
        return contracts.VaultContract.plan(VaultSettings.read(of_stack(stack.lower("vault"))))

    def any_zone(zones: object, access: AwsAccess) -> None:
        del zones, access

    monkeypatch.setattr(contracts, "vault_of", planned)
    monkeypatch.setattr(aws_platform, "check_zones", any_zone)


def deployed(stack: StackName = STACK, **more: str) -> Recorder:
    values = {**of_stack(stack).values, "awsEndpoint": NOWHERE, "controllers": "", **more}
    assert callable(set_all_config)
    set_all_config({f"{PROJECT}:{key}": value for key, value in values.items()})
    return declared(lambda: platform.deploy(stack), preview=True)


def names(seen: Recorder) -> list[str]:
    """Of roles as IAM has them: their own, or that of the resource with what the engine adds."""
    return [str(one.inputs.get("name") or f"{one.name}-1a2b3c4") for one in seen.of(ROLE)]


def test_every_role_of_the_example_has_the_boundary() -> None:
    seen = deployed()
    assert len(seen.of(ROLE)) > len(ROLES)
    # Unknown in a preview: the policy is made beside them.
    assert [one.name for one in seen.of(ROLE) if "permissionsBoundary" not in one.inputs] == []


def test_a_deployment_may_make_the_roles_that_it_makes_and_no_role_of_people() -> None:
    made = names(deployed())
    access = [name for name in made if name in {f"aifactory-aws-{role}" for role in ROLES}]
    assert len(access) == len(ROLES)
    allowed = deployed_roles("aws")
    assert [name for name in made if not any(fnmatchcase(name, one) for one in allowed)] == []
    # Of those of people the path is what keeps a deployment from them: names alone would not.
    seen = deployed()
    assert {one.inputs.get("path") for one in seen.of(ROLE) if one.name.startswith("access-")} == {"/aifactory/access/"}


def test_an_organisations_own_boundary_takes_the_place_of_ours() -> None:
    own = "arn:aws:iam::111122223333:policy/own"
    section = f'{{"roles": {{"ml-viewer": {{"groups": ["x"]}}}}, "permissions_boundary": "{own}"}}'
    seen = deployed(access=section)
    assert seen.of("aws:iam/policy:Policy") == []
    assert {one.inputs["permissionsBoundary"] for one in seen.of(ROLE)} == {own}


def test_where_nothing_is_said_of_access_nothing_changes() -> None:
    seen = deployed(access="")
    assert not any("access_control" in one.kind or "permissionsBoundary" in one.inputs for one in seen.seen)


def test_a_violation_names_the_key_of_the_configuration() -> None:
    with pytest.raises(SpecError) as caught:
        deployed(access='{"roles": {"auditor": {"groups": ["auditors"]}}}')
    assert "aifactory:access" in str(with_keys(caught.value))


def test_a_misspelt_role_holder_is_named() -> None:
    with pytest.raises(SpecError, match=r"access.*principal"):
        deployed(access='{"roles": {"auditor": {"principal": ["x"]}}}')


def test_on_premises_roles_are_groups_alone(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("{}")
    stack = StackName("onprem", "platform")
    values: Mapping[str, str] = {"kubeconfig": str(tmp_path / "kubeconfig"), "objectsEndpoint": NOWHERE}
    assert callable(set_all_config)
    of = {**of_stack(stack).values, **values}
    set_all_config({f"{PROJECT}:{key}": value for key, value in of.items()})
    seen = declared(lambda: platform.deploy(stack), preview=True)
    assert [one.kind for one in seen.seen if one.kind.startswith("aws:")] == []
    assert len(seen.of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")) == 4


@cache
def managed() -> Mapping[str, Mapping[str, object]]:
    """AWS's own policies by name, as moto has them."""
    return cast("Mapping[str, Mapping[str, object]]", json.loads(aws_managed_policies_data))


def requests(policy: str) -> list[Request]:
    """A call for each action of one of AWS's own policies."""
    # The policy says * of roles that AWS's services make for themselves; the call names one.
    linked = {"iam:CreateServiceLinkedRole": f"arn:aws:iam::{'1' * 12}:role/aws-service-role/x"}
    return [
        Request(action=action, resource=linked.get(action, resource), context={"aws:RequestedRegion": "us-east-1"})
        for statement in statements(json.dumps(managed()[policy]["Document"]))
        if statement["Effect"] == "Allow"
        for action in texts(statement["Action"])
        for resource in texts(statement["Resource"])
    ]


def texts(value: object) -> list[str]:
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else [str(value)]


def test_the_boundary_leaves_what_awss_own_policies_are_attached_for() -> None:
    """Of the example's cluster, nodes and add-ons: a boundary that takes from them would stop what runs."""
    attached = deployed().of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    names = {str(one.inputs["policyArn"]).rpartition("/")[2] for one in attached}
    assert len(names) > 4
    boundary = boundary_document("aws", ["us-east-1"], deployed_roles("aws"))
    refused = {
        f"{name}: {request.action}"
        for name in names
        for request in requests(name)
        if not allowed(request, [EVERYTHING], boundary)
    }
    assert refused == set()
