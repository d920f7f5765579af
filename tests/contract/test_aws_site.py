"""The example `aws` through its life: made by the real engine, changed, looked at, and destroyed with nothing left.

AWS is moto and the recorder; Kubernetes is a control plane without nodes, so that its objects are real and pods are not. Who pods
are (`stacks/pod_identities.py`) is declared only where Kubernetes is EKS's own, and is not here.
"""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import yaml

from cli.project import link_program
from cli.sweep.aws import AwsQuestions
from cli.sweep.leftovers import State, Swept, sweep
from components.accelerators import AwsAccess
from host.cache import REPOSITORY
from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import tag_map
from tests.contract.deployment import NO_ACCOUNT
from tests.contract.existing import REGION, CloudResource, existing, plugin_for
from tests.contract.servers import moto
from tests.support.control_plane import ControlPlane
from tests.support.engine import Done, Stack

CLUSTER = "aws-platform-cluster"
PROFILES = ("vault", "offsite")
UNPROTECT = ("state", "unprotect", "--all", "--yes")
DRIFT = ("preview", "--refresh", "--expect-no-changes", "--diff")


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The example's own configuration, on moto."""

    folder: Path
    endpoint: str
    kubeconfig: Path
    environment: Mapping[str, str]

    def stack(self, layer: str) -> Stack:
        return Stack(folder=self.folder, name=f"aws.{layer}", environment=self.environment)

    def configure(self, layer: str, changed: Mapping[str, object]) -> None:
        """Writes the example's file with what is said of its sections; what Pulumi wrote there stays."""
        name = f"Pulumi.aws.{layer}.yaml"
        example = cast("Values", yaml.safe_load((REPOSITORY / "stacks" / "config" / name).read_text()))
        config = mapping(example["config"])
        for key, value in {"awsEndpoint": self.endpoint, **changed}.items():
            old = config.get(f"aifactory:{key}")
            config[f"aifactory:{key}"] = _merged(old, value)
        path = self.folder / "config" / name
        own = cast("Values", yaml.safe_load(path.read_text())) if path.exists() else {}
        path.write_text(yaml.safe_dump({**own, "config": config}))

    def swept(self) -> Swept:
        return sweep("aws", CLUSTER, AwsQuestions(AwsAccess(region=REGION, endpoint=self.endpoint)))


def _merged(old: object, new: object) -> object:
    """A section with what is said of it."""
    if not isinstance(new, dict):
        return new
    given, found = mapping(cast("object", new)), mapping(old)
    return {**found, **{key: _merged(found.get(key), value) for key, value in given.items()}}


@dataclass(slots=True)
class Seen:
    """What was seen of the site through its life."""

    before: set[CloudResource] = field(default_factory=set[CloudResource])
    states: dict[str, Mapping[str, Values]] = field(default_factory=dict[str, "Mapping[str, Values]"])
    """Stage -> the state of the platform after it, by `type name`."""
    counts: dict[str, Mapping[str, int]] = field(default_factory=dict[str, "Mapping[str, int]"])
    """Stage -> count of each kind of step."""
    drift: dict[str, str] = field(default_factory=dict[str, str])
    """Stage -> what a refresh after it showed; empty where it showed nothing."""
    untagged: list[str] = field(default_factory=list[str])
    """What on moto does not say its environment and layer."""
    standing: Swept = field(default_factory=lambda: Swept((), ()))
    """What a sweep says of the site as it stands."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Layer -> what the engine says where its protected resources are to be destroyed."""
    after: set[CloudResource] = field(default_factory=set[CloudResource])
    swept: dict[str, Swept] = field(default_factory=dict[str, Swept])
    """Layer -> what a sweep says after its destroy."""


def resources(stack: Stack) -> Mapping[str, Values]:
    document = cast("Values", json.loads(stack.succeeds("stack", "export", "--stack", stack.name)))
    listed = map(mapping, sequence(mapping(document["deployment"]).get("resources")))
    return {f"{one['type']} {text(one['urn']).rpartition('::')[2]}": one for one in listed}


def block(now: datetime) -> Values:
    """The example's Capacity Block, as long as it runs: before its start a pool has no nodes to resize."""
    start, end = now - timedelta(days=1), now + timedelta(days=13)
    return {"capacity": {"start": f"{start:%Y-%m-%dT%H:00:00Z}", "end": f"{end:%Y-%m-%dT%H:00:00Z}"}}


@pytest.fixture(scope="module")
def site(cluster: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "config").mkdir()
    project = cast("Values", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "stackConfigDir": "config"}))
    link_program(folder)
    keys = "\n".join(f"{name.lower()} = {value}" for name, value in NO_ACCOUNT.items() if "KEY" in name)
    (folder / "credentials").write_text("\n".join(f"[{name}]\n{keys}\n" for name in PROFILES))
    with moto() as endpoint:
        environment = {
            **NO_ACCOUNT,
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_CONFIG_FILE": "/dev/null",
            # Contracts are objects that the project's own plugin writes into AWS's buckets.
            "AWS_ENDPOINT_URL": endpoint,
        }
        yield Site(folder=folder, endpoint=endpoint, kubeconfig=cluster.kubeconfig, environment=environment)


@pytest.fixture(scope="module")
def seen(site: Site) -> Seen:
    """Lived once for all tests."""
    found, now = Seen(), datetime.now(UTC)
    aws = plugin_for(site.endpoint)
    vault, platform = site.stack("vault"), site.stack("platform")
    first: dict[str, object] = {"kubeconfig": str(site.kubeconfig), "gpuPool": block(now)}
    changed: dict[str, object] = {
        **first,
        "gpuNodes": "4",
        "cluster": {"version": "1.35"},
        "gpuPool": {**block(now), "release_version": "1.35.6-20260714"},
        "filesystemGiB": "7200",
        "cidr": "10.64.0.0/16,10.65.0.0/16",
        "zones": "us-east-1a,us-east-1b,us-east-1c",
    }
    unprotected: dict[str, object] = {**changed, "cluster": {"version": "1.35", "deletion_protection": False}}

    def deployed(stage: str, values: Mapping[str, object]) -> None:
        site.configure("platform", values)
        found.counts[stage] = platform.up()
        found.states[stage] = resources(platform)

    def looked(stage: str) -> None:
        done = platform.run(*DRIFT, "--stack", platform.name)
        found.drift[stage] = done.stdout + done.stderr if done.returncode else ""

    found.before = existing(aws)
    site.configure("vault", {})
    site.configure("platform", first)
    vault.init()
    platform.init()
    vault.up()
    deployed("first", first)
    looked("first")
    deployed("changed", changed)
    looked("changed")
    found.standing = site.swept()
    found.untagged = [
        text(mapping(one)["VpcId"])
        for one in sequence(aws.call("ec2", "describe_vpcs")["Vpcs"])
        if not mapping(one).get("IsDefault") and not _says(mapping(one))
    ]
    found.refused["platform"] = refused(platform)
    deployed("unprotected", unprotected)
    for stack in (platform, vault):
        if stack is vault:
            found.refused["vault"] = refused(vault)
        stack.succeeds(*UNPROTECT, "--stack", stack.name)
        stack.succeeds("destroy", "--yes", "--skip-preview", "--stack", stack.name)
        found.swept[stack.name.partition(".")[2]] = site.swept()
    found.after = existing(aws)
    return found


def _says(resource: Values) -> bool:
    tags = tag_map(resource.get("Tags"))
    return (tags.get("aifactory:environment"), tags.get("aifactory:layer")) == ("aws", "platform")


def refused(stack: Stack) -> str:
    done: Done = stack.run("destroy", "--yes", "--skip-preview", "--stack", stack.name)
    assert done.returncode != 0
    return done.stdout + done.stderr


def inputs(seen: Seen, stage: str, key: str) -> Values:
    return mapping(seen.states[stage][key]["inputs"])


GPU = "aws:eks/nodeGroup:NodeGroup gpu-nodes"
EKS = "aws:eks/cluster:Cluster cluster-eks"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem filesystem-lustre"
SUBNET = "aws:ec2/subnet:Subnet network-private-us-east-1"


def test_it_is_made_from_the_example_itself(seen: Seen) -> None:
    kinds = {key.split(" ")[0] for key in seen.states["first"]}
    assert {key.split(" ")[0] for key in (GPU, EKS, LUSTRE, f"{SUBNET}a")} <= kinds
    assert "kubernetes:core/v1:PersistentVolumeClaim" in kinds
    assert "aifactory:object_store:Object" in kinds
    assert set(seen.counts["first"]) == {"create"}


def test_everything_at_aws_says_its_environment_and_its_layer(seen: Seen) -> None:
    assert seen.untagged == []
    tagged = {key: one for key, one in seen.states["first"].items() if "tagsAll" in mapping(one.get("inputs"))}
    assert len(tagged) > 20
    for key, one in tagged.items():
        tags = mapping(mapping(one["inputs"])["tagsAll"])
        assert (tags.get("aifactory:environment"), tags.get("aifactory:layer")) == ("aws", "platform"), key


@pytest.mark.parametrize("stage", ["first", "changed"])
def test_a_refresh_shows_no_drift(seen: Seen, stage: str) -> None:
    assert seen.drift[stage] == ""


def test_the_pool_is_resized_in_place(seen: Seen) -> None:
    sizes = [mapping(inputs(seen, stage, GPU)["scalingConfig"])["desiredSize"] for stage in ("first", "changed")]
    assert sizes == [5, 4]


def test_the_cluster_is_upgraded_in_place_and_its_addons_and_images_with_it(seen: Seen) -> None:
    assert [inputs(seen, stage, EKS)["version"] for stage in ("first", "changed")] == ["1.34", "1.35"]
    proxy = "aws:eks/addon:Addon addons-before-nodes-kube-proxy"
    assert text(inputs(seen, "changed", proxy)["addonVersion"]).startswith("v1.35.")
    assert inputs(seen, "changed", GPU)["releaseVersion"] == "1.35.6-20260714"
    assert text(inputs(seen, "changed", "aws:eks/nodeGroup:NodeGroup system-nodes")["releaseVersion"]).startswith(
        "1.35."
    )


def test_the_filesystem_grows_in_place(seen: Seen) -> None:
    assert [inputs(seen, stage, LUSTRE)["storageCapacity"] for stage in ("first", "changed")] == [4800, 7200]


def test_a_zone_is_added_and_no_subnet_moves(seen: Seen) -> None:
    first, changed = (
        {key: inputs(seen, stage, key)["cidrBlock"] for key in seen.states[stage] if key.startswith("aws:ec2/subnet:")}
        for stage in ("first", "changed")
    )
    assert (len(first), len(changed)) == (4, 6)
    assert {key: changed[key] for key in first} == first


def test_a_change_replaces_nothing(seen: Seen) -> None:
    """Of what stood before, everything stands: no id is another, and nothing is gone."""
    first, changed = seen.states["first"], seen.states["changed"]
    assert {key for key in first if key not in changed} == set()
    assert {key for key in first if first[key].get("id") != changed[key].get("id")} == set()
    assert not {"replace", "delete", "create-replacement"} & set(seen.counts["changed"])


@pytest.mark.parametrize("layer", ["platform", "vault"])
def test_what_is_protected_is_not_destroyed(seen: Seen, layer: str) -> None:
    assert "cannot be deleted" in seen.refused[layer]


def test_protection_is_taken_off_in_place(seen: Seen) -> None:
    assert [inputs(seen, stage, EKS)["deletionProtection"] for stage in ("changed", "unprotected")] == [True, False]
    # An engine that refuses to destroy what is protected has destroyed the contract by then, which is not.
    assert seen.counts["unprotected"].get("create", 0) <= 1
    assert set(seen.counts["unprotected"]) <= {"update", "same", "create"}


def test_a_sweep_of_what_stands_finds_it(seen: Seen) -> None:
    assert not seen.standing.clean
    left = {one.what for one in seen.standing.leftovers if one.state is State.LEFT}
    assert "ec2:vpc: network-vpc (aws:ec2/vpc:Vpc)" in left
    assert "iam:role: cluster-role (aws:iam/role:Role)" in left
    (eks,) = (one for one in seen.standing.leftovers if one.arn.endswith(f":cluster/{CLUSTER}"))
    assert "its node groups" in eks.keeps


@pytest.mark.parametrize("layer", ["platform", "vault"])
def test_nothing_is_left_but_what_is_kept_on_purpose(seen: Seen, layer: str) -> None:
    found = seen.swept[layer]
    assert found.clean, [one.document() for one in found.leftovers if one.state is State.LEFT]
    kept = {one.what.split(" ")[1] for one in found.leftovers if one.state is State.KEPT}
    # A filesystem is only recorded, and its key is moto's; moto lists a bucket in every region, and a key in its own.
    assert kept == {"vault-bucket", "offsite-bucket", "vault-key", "filesystem-key"}


def test_moto_holds_nothing_else(seen: Seen) -> None:
    """Asked without tags: whoever forgets to tag is found too."""
    left = sorted(kind for kind, _ in seen.after - seen.before)
    assert left == ["aws:kms/key:Key"] * 2 + ["aws:s3/bucket:Bucket"] * 2
