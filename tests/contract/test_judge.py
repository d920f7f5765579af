"""Every example at AWS before the real Terraform AWS provider: it refuses nothing of them, and what is wrong of a copy.

It runs where `terraform` and the provider are on the machine; nothing is downloaded.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pulumi
import pytest

from benchmarks.terraform import NotAtHand, Terraform
from host.documents import Values, mapping
from lab.plugins.aws.recorder import recorded
from stacks import contracts
from stacks.configuration import of_stack
from stacks.layers import platform, vault
from stacks.names import PROJECT
from stacks.settings import StackName, VaultSettings
from tests.support.judge import Declaration, judge
from tests.unit.components.recorder import Recorded, Recorder, declared

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:1"
EXAMPLES = ("aws", "inference", "sovereign", "lab")
# Inputs that provider 5.100 lacks and pulumi_aws 7.51 has (its own docstrings are the source): the judge is not asked of them.
NEWER: Mapping[str, tuple[str, ...]] = {
    "aws:eks/cluster:Cluster": ("deletionProtection",),
    "aws:eks/nodeGroup:NodeGroup": (
        "updateConfig.updateStrategy",
        "nodeRepairConfig.maxParallelNodesRepairedCount",
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("policy", "disableSessionTags", "targetRoleArn"),
}


# Outputs that programs look into.
MADE: Mapping[str, Values] = {
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:ecr/repository:Repository": {"repositoryUrl": "123456789012.dkr.ecr.us-east-1.amazonaws.com/it"},
    "aws:eks/cluster:Cluster": {"certificateAuthority": {"data": ""}},
    "aws:eks/nodeGroup:NodeGroup": {"resources": [{"autoscalingGroups": [{"name": "eks-nodes"}]}]},
}


class Wellformed(Recorder):
    """Outputs have AWS's forms: the provider judges ids and ARNs too."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        inputs = cast("Values", args.inputs)
        kind = recorded(args.typ) if args.typ.startswith("aws:") else None
        if kind is None:
            return super().new_resource(args)
        given = {**inputs, **({kind.name: args.name} if kind.name and not inputs.get(kind.name) else {})}
        self.seen.append(Recorded(args.name, args.typ, dict(inputs)))
        identity = kind.create(_region, given)
        return identity, {**(kind.read(_region, identity, given) or {}), **MADE.get(args.typ, {})}


def _region(service: str, operation: str, **arguments: object) -> Values:
    return {"region": "us-east-1"}


@pytest.fixture(scope="module")
def terraform() -> Terraform:
    try:
        return Terraform.found(os.environ)
    except NotAtHand as error:
        pytest.skip(str(error))


def published(stack: StackName) -> contracts.VaultContract:
    """The vault's contract, as it would be once the vault is there."""
    plan = contracts.VaultContract.plan(VaultSettings.read(of_stack(stack.lower("vault"))))
    key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    return replace(plan, vault_key=key, offsite_key=key) if plan.vault_region else plan


def site(env: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Declaration]:
    """What the layers vault and platform of an example declare at AWS."""
    monkeypatch.chdir(ROOT)
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": NOWHERE}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "kubeconfig").write_text("{}")
    monkeypatch.setattr(contracts, "vault_of", published)
    set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)
    seen: list[Recorded] = []
    for layer, deploy in (("vault", vault.deploy), ("platform", platform.deploy)):
        stack = StackName(env, layer)
        values = {**of_stack(stack).values, "awsEndpoint": NOWHERE, "awsProfile": "", "controllers": ""}
        if env == "lab":
            # As `make up` completes it.
            values |= {"kubeconfig": str(tmp_path / "kubeconfig"), "localVolume": "/srv/shared"}
            values |= dict.fromkeys(("vaultEndpoint", "offsiteEndpoint", "objectsEndpoint"), NOWHERE)
        set_all_config({f"{PROJECT}:{key}": value for key, value in values.items()})
        seen += declared(partial(deploy, stack), Wellformed()).seen
    return [Declaration(name=one.name, kind=one.kind, inputs=known(one)) for one in seen if one.kind.startswith("aws:")]


def known(one: Recorded) -> Mapping[str, object]:
    """Inputs without those that the judge is too old for."""
    values = dict(one.inputs)
    if one.kind == "aws:ec2/placementGroup:PlacementGroup":
        # As Pulumi's plugin names it.
        values = {"name": one.name, **values}
    for outer, _, inner in (path.partition(".") for path in NEWER.get(one.kind, ())):
        if inner and outer in values:
            values[outer] = {key: value for key, value in mapping(values[outer]).items() if key != inner}
        elif not inner:
            values.pop(outer, None)
    return values


@pytest.mark.parametrize("env", EXAMPLES)
def test_the_provider_refuses_nothing_of_an_example(
    env: str, terraform: Terraform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = site(env, monkeypatch, tmp_path)
    verdict = judge(terraform, tmp_path, found)
    assert verdict.rejected == []
    assert verdict.unmapped == []
    assert verdict.judged == len(found)
    assert verdict.judged > 20


# Type, and an input that AWS refuses; what moto takes, most of it.
WRONG = (
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.64.0.0/33"}),
    ("aws:ec2/launchTemplate:LaunchTemplate", {"instanceMarketOptions": {"marketType": "capacity"}}),
    ("aws:eks/nodeGroup:NodeGroup", {"capacityType": "BLOCK"}),
    ("aws:eks/cluster:Cluster", {"accessConfig": {"authenticationMode": "IAM"}}),
    ("aws:fsx/lustreFileSystem:LustreFileSystem", {"perUnitStorageThroughput": 300}),
    ("aws:iam/role:Role", {"assumeRolePolicy": "{"}),
    ("aws:ec2/flowLog:FlowLog", {"trafficType": "SOME"}),
)


def test_the_provider_refuses_each_fault_of_a_wrong_copy(
    terraform: Terraform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A judge that lets everything pass would pass the examples too."""
    found = site("aws", monkeypatch, tmp_path)
    right = {kind: next(one for one in found if one.kind == kind) for kind, _ in WRONG}
    wrong = [replace(right[kind], inputs={**right[kind].inputs, **inputs}) for kind, inputs in WRONG]
    verdict = judge(terraform, tmp_path, wrong)
    assert len(verdict.rejected) >= len(WRONG), verdict.rejected
