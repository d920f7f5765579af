"""What the layers declare of the examples at AWS: faults that are in no component, but in how components are put together."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import cast

import pulumi
import pulumi_aws
import pytest

from components.accelerators import AwsAccess
from components.charts.args import ChartContext
from components.eks_addons.table import BEFORE_NODES, ON_NODES
from components.gpu_pool.spec import pool_labels
from components.object_store.identity import SERVICE_ACCOUNTS
from host.documents import Values, mapping
from lab.plugins.aws.schema import schema_of
from stacks import contracts
from stacks.configuration import of_stack
from stacks.layers import aws_platform, platform, vault
from stacks.layers.workloads import by_identity
from stacks.names import PROJECT
from stacks.providers import aws_provider
from stacks.settings import PlatformSettings, StackName, VaultSettings, WorkloadsSettings
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.recorder import Recorder, declared
from workloads.spec import SHARED_FOLDERS

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "http://127.0.0.1:1"
AT_AWS = ("aws", "inference", "sovereign")
GPU, SYSTEM = "gpu-nodes", "system-nodes"
NODES = "aws:eks/nodeGroup:NodeGroup"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ADDON = "aws:eks/addon:Addon"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
PROVIDER = "pulumi:providers:aws"
IMAGE = f"registry.example.org/workloads@sha256:{'1' * 64}"
set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)


def published(stack: StackName) -> contracts.VaultContract:
    """The vault's contract, as it would be once the vault is there."""
    plan = contracts.VaultContract.plan(VaultSettings.read(of_stack(stack.lower("vault"))))
    key = "arn:aws:kms:us-east-1:123456789012:key/0"
    return replace(plan, vault_key=key, offsite_key=key) if plan.vault_region else plan


def any_zone(zones: Sequence[str], access: AwsAccess) -> None:
    del zones, access


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository's own examples, and nobody who answers for AWS."""
    monkeypatch.chdir(ROOT)
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": NOWHERE}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(contracts, "vault_of", published)
    # What EC2 says of zones has tests of its own; here it would be waited for.
    monkeypatch.setattr(aws_platform, "check_zones", any_zone)


def configure(stack: StackName, **changed: str) -> None:
    # Charts are brought by a command before: none is in the repository.
    values = {**of_stack(stack).values, "awsEndpoint": NOWHERE, "controllers": "", **changed}
    set_all_config({f"{PROJECT}:{key}": value for key, value in values.items()})


@cache
def made(env: str, **changed: str) -> Requests:
    """The layer platform of an example."""
    stack = StackName(env, "platform")
    configure(stack, **changed)
    return requested(lambda: platform.deploy(stack))


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The lock of images, as `make images` writes it and `make up` names it."""
    path = tmp_path_factory.mktemp("images") / "lock.json"
    path.write_text(json.dumps({"workloads": IMAGE, "environment": "2" * 64}))
    return str(path)


@pytest.mark.parametrize("env", AT_AWS)
def test_nodes_start_when_they_can_join_and_end_before_their_network(env: str) -> None:
    """A1, A2 and complaint 24: what a node needs is there before it, so it is destroyed after it."""
    found = made(env)
    joining = {f"addons-before-nodes-{name}" for name in BEFORE_NODES} | {"cluster-eks", "network-nodes-out"}
    joining |= {one.name for one in found.recorded.seen if one.kind in ("aws:ec2/route:Route", VPC_ENDPOINT)}
    assert len(joining) > len(BEFORE_NODES) + 3
    for group in (SYSTEM, GPU):
        assert joining <= found.waits_for(group)
    assert SYSTEM in found.waits_for(GPU)
    for name in ON_NODES:
        assert SYSTEM in found.waits_for(f"addons-{name}")


@pytest.mark.parametrize("kind", ["", "g6e.2xlarge"])
def test_a_platform_had_no_node_but_tainted_ones(kind: str) -> None:
    """A2: with a GPU pool and without one there are nodes that take every pod."""
    found = made("inference", gpuInstanceType=kind, gpuNodes="2" if kind else "0")
    taints = {one.name: one.inputs.get("taints") for one in found.recorded.of(NODES)}
    assert taints[SYSTEM] is None
    assert (GPU in taints) == bool(kind)


@pytest.mark.parametrize("env", AT_AWS)
def test_no_driver_of_the_filesystem_was_installed(env: str, lock: str) -> None:
    """A5 and A6: every example has the driver that its volume names, and a Job that gives its folders to the pods."""
    found = made(env, imagesLock=lock)
    assert "aws-fsx-csi-driver" in {one.inputs["addonName"] for one in found.recorded.of(ADDON)}
    volumes = json.dumps([one.inputs["spec"] for one in found.recorded.of("kubernetes:core/v1:PersistentVolume")])
    assert '"fsx.csi.aws.com"' in volumes
    # MLflow's database.
    assert '"efs.csi.aws.com"' in volumes
    (folders,) = found.recorded.of("kubernetes:batch/v1:Job")
    assert all(f"/shared/{name}" in json.dumps(folders.inputs["spec"]) for name in SHARED_FOLDERS)


def test_p5_nodes_come_from_the_block_that_was_bought() -> None:
    """A7 and complaint 4: market, zone and size are those of the block, and FSx is where the nodes are."""
    found = made("aws")
    group = found.inputs(NODES, GPU)
    assert group["capacityType"] == "CAPACITY_BLOCK"
    template = json.dumps(found.inputs("aws:ec2/launchTemplate:LaunchTemplate", "gpu-template"))
    assert "cr-0123456789abcdef0" in template
    assert "placement" not in template
    (lustre,) = found.recorded.of("aws:fsx/lustreFileSystem:LustreFileSystem")
    assert group["subnetIds"] == [lustre.inputs["subnetIds"]] == ["network-private-us-east-1a-id"]


def test_the_first_zone_was_taken_blindly() -> None:
    """C8: nodes and filesystem are in the zone of the reservation, wherever it is in the list."""
    found = made("aws", zones="us-east-1b,us-east-1a")
    (lustre,) = found.recorded.of("aws:fsx/lustreFileSystem:LustreFileSystem")
    assert lustre.inputs["subnetIds"] == "network-private-us-east-1a-id"
    assert found.inputs(NODES, GPU)["subnetIds"] == ["network-private-us-east-1a-id"]


@pytest.mark.parametrize("env", AT_AWS)
def test_every_node_of_an_example_has_a_pinned_image(env: str) -> None:
    """C2 and complaint 21."""
    for group in made(env).recorded.of(NODES):
        assert str(group.inputs["releaseVersion"]).startswith(f"{group.inputs['version']}.")


@dataclass(slots=True)
class Providers(Recorder):
    """Notes by which provider each resource is made."""

    by: dict[str, str] = field(default_factory=dict[str, str])

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        reference = str(args.provider or "")
        # A reference is a URN, then `::` and the provider's id.
        self.by[f"{args.typ} {args.name}"] = reference.split("::")[3] if reference else ""
        found, outputs = Recorder.new_resource(self, args)
        if args.typ == "aws:kms/key:Key":
            outputs["arn"] = "arn:aws:kms:us-east-1:222222222222:key/0"
        return found, outputs


def test_the_copy_off_site_was_beside_the_vault() -> None:
    """A9: the example's two buckets are made by two profiles in two regions, with all that belongs to them."""
    stack, seen = StackName("aws", "vault"), Providers()
    configure(stack)
    declared(lambda: vault.deploy(stack), seen)
    places = {one.name: (one.inputs["profile"], one.inputs["region"]) for one in seen.of(PROVIDER)}
    assert places == {"vault": ("vault", "us-east-1"), "offsite": ("offsite", "us-west-2")}
    for name in places:
        parts = {key: provider for key, provider in seen.by.items() if key.split(" ")[1].startswith(f"{name}-")}
        assert {key for key in parts if key.startswith("aws:s3/bucket:Bucket ")} == {
            f"aws:s3/bucket:Bucket {name}-bucket"
        }
        assert {provider for key, provider in parts.items() if key.startswith("aws:")} == {name}


@pytest.mark.parametrize("env", ["aws", "inference"])
def test_pods_of_an_example_hold_no_key(env: str) -> None:
    """B5: every service account has a role, and the layer of the pods hands out no account of a store."""
    found = made(env)
    given = {one.inputs["serviceAccount"] for one in found.recorded.of(ASSOCIATION)}
    assert given == set(SERVICE_ACCOUNTS)
    assert not found.recorded.of("aws:iam/accessKey:AccessKey")
    own = workloads_of(StackName(env, "workloads"))
    at = contracts.PlatformContract.plan(PlatformSettings.read(of_stack(StackName(env, "platform"))))
    assert by_identity(own, at, published(StackName(env, "workloads")))


def workloads_of(stack: StackName) -> WorkloadsSettings:
    """An example with the files that `make up` adds to it."""
    reader = of_stack(stack)
    files = {"imagesLock": "/lock.json", "signingKeyFile": "/key.pem", "callersFile": "/callers.json"}
    return WorkloadsSettings.read(replace(reader, values={**reader.values, **files}))


def test_nothing_of_a_sovereign_region_is_named_as_in_the_public_cloud() -> None:
    """B11: no fixed `arn:aws:` in all that the example declares."""
    for one in made("sovereign").recorded.seen:
        # A key's policy has the partition of the key's own ARN; that of the others is what the recorder gave them.
        if one.kind == "aws:kms/keyPolicy:KeyPolicy":
            continue
        assert "arn:aws:" not in json.dumps(one.inputs).replace("arn:aws:test:", ""), one.name


def test_a_service_that_was_forgotten_was_asked_of_aws() -> None:
    """C12: where something answers in AWS's place, it answers for every service that the provider knows."""
    seen = declared(lambda: aws_provider(AwsAccess(region="us-east-1", endpoint=NOWHERE), StackName("aws", "platform")))
    (provider,) = seen.of(PROVIDER)
    (endpoints,) = json.loads(str(provider.inputs["endpoints"]))
    assert set(endpoints.values()) == {NOWHERE}
    known = inspect.signature(pulumi_aws.ProviderEndpointArgs).parameters
    assert len(endpoints) == len([name for name in known if not name.startswith("_")])
    assert {"ecr", "efs", "backup", "logs", "sqs", "servicequotas", "autoscaling", "elbv2"} <= set(endpoints)


@pytest.mark.parametrize("env", AT_AWS)
def test_the_labs_plugin_takes_all_that_an_example_declares(env: str) -> None:
    """C13: what may be declared is decided by pulumi_aws' own types, and no table of the lab has to grow."""
    for one in made(env).recorded.seen:
        if one.kind.startswith("aws:"):
            schema = schema_of(one.kind)
            assert schema is not None, one.kind
            assert schema.failures(cast("Values", whole(one.inputs))) == {}, one.name


def whole(value: object) -> object:
    """As the plugin reads it: the engine's wire has one kind of number."""
    if isinstance(value, Mapping):
        return {key: whole(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [whole(item) for item in cast("list[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


CONTRACT = "aifactory:object_store:Object"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
KARPENTER = json.dumps({"max_nodes": 4, "replicas": 1, "capacity": {"kind": "spot"}})


class Installed:
    """Stands where the chart would be: charts are brought by a command, and none is in the repository."""

    def __init__(self, told: list[ChartContext]) -> None:
        self.told = told

    def declare(self, section: object, context: ChartContext, opts: pulumi.ResourceOptions) -> "Installed":
        del section
        self.told.append(context)
        self.installed = {"karpenter": pulumi_aws.ec2.Vpc("chart", cidr_block="10.0.0.0/16", opts=_after(opts))}
        return self


def _after(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(depends_on=opts.depends_on)


def by_karpenter(monkeypatch: pytest.MonkeyPatch) -> tuple[Requests, ChartContext]:
    """The example that serves, its pool by Karpenter, and what the charts are told."""
    told: list[ChartContext] = []
    monkeypatch.setattr(platform, "declare_controllers", Installed(told).declare)
    stack = StackName("inference", "platform")
    configure(stack, gpuNodes="0", gpuPool="", karpenterPool=KARPENTER, controllers='{"names": ["karpenter"]}')
    found = requested(lambda: platform.deploy(stack))
    (context,) = told
    return found, context


def test_a_pool_by_karpenter_is_the_same_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels and taint are those by which pods find a managed group, and there is no managed group beside it."""
    found, context = by_karpenter(monkeypatch)
    assert [one.name for one in found.recorded.of(NODES)] == [SYSTEM]
    (pool,) = found.recorded.of(NODE_POOL)
    template = mapping(mapping(pool.inputs["spec"])["template"])
    assert mapping(template["metadata"])["labels"] == pool_labels("gpu", efa=False)
    taints = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert mapping(template["spec"])["taints"] == taints
    (contract,) = found.recorded.of(CONTRACT)
    published_labels = json.loads(str(contract.inputs["content"]))["gpu_node_labels"]
    assert set(published_labels.items()) <= set(pool_labels("gpu", efa=False).items())
    assert context.get("static_nodes") is True
    assert context.get("interruption_queue") is not None


def test_karpenters_nodes_go_before_their_controller_and_it_before_its_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaint 24: only the controller ends them, by its role, over the network's routes."""
    found, _ = by_karpenter(monkeypatch)
    joining = {f"addons-before-nodes-{name}" for name in BEFORE_NODES} | {"cluster-eks", SYSTEM, "network-nodes-out"}
    assert joining | {"chart", "gpu-pass", "gpu-class"} <= found.waits_for("gpu-static-nodes")
    assert {"karpenter-pods-association", "karpenter-spot-queue"} <= found.waits_for("chart")
    passing = found.inputs("aws:iam/rolePolicy:RolePolicy", "gpu-pass")
    assert json.loads(str(passing["policy"]))["Statement"][0]["Action"] == "iam:PassRole"


def test_a_mounted_bucket_comes_with_its_driver_which_reaches_no_other() -> None:
    found = made("inference")
    assert "aws-mountpoint-s3-csi-driver" in {one.inputs["addonName"] for one in found.recorded.of(ADDON)}
    policy = found.inputs(
        "aws:iam/rolePolicy:RolePolicy", "addons-aws-mountpoint-s3-csi-driver-bucket-example-inference-datasets"
    )
    assert "arn:aws:s3:::example-inference-datasets/*" in str(policy["policy"])
    assert "addons-aws-mountpoint-s3-csi-driver" in found.waits_for("bucket-volume")
    volume = json.dumps(found.inputs("kubernetes:core/v1:PersistentVolume", "bucket-volume")["spec"])
    assert '"region eu-central-1", "prefix text/"' in volume
    (contract,) = found.recorded.of(CONTRACT)
    assert json.loads(str(contract.inputs["content"]))["bucket_claim"] == "datasets"


def test_the_driver_reads_with_the_buckets_own_key() -> None:
    section = json.dumps({"bucket": "b", "kms_key_arn": "arn:aws:kms:eu-central-1:111122223333:key/0"})
    found = made("inference", bucketVolume=section)
    policy = found.inputs("aws:iam/rolePolicy:RolePolicy", "addons-aws-mountpoint-s3-csi-driver-key-b")
    assert "kms:Decrypt" in str(policy["policy"])


def test_without_a_bucket_there_is_no_driver_of_buckets() -> None:
    found = made("aws")
    assert "aws-mountpoint-s3-csi-driver" not in {one.inputs["addonName"] for one in found.recorded.of(ADDON)}
