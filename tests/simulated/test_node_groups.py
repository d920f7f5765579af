"""Node groups of every kind as nodes: what follows when a group is made, changed and removed."""

import http.client
from collections.abc import Generator
from typing import Protocol, cast
from urllib.parse import urlsplit

import boto3
import pytest

from host.documents import Values, mapping, sequence, text
from lab.node_groups.nodes import EFA, GPU, NODE_GROUP
from tests.simulated.conftest import REGION, Site, phase
from tests.support.programs import until

CLUSTER = "cluster"
ROLE = "arn:aws:iam::123456789012:role/nodes"


class Ec2(Protocol):
    def create_vpc(self, *, CidrBlock: str) -> Values: ...
    def create_subnet(self, *, VpcId: str, CidrBlock: str, AvailabilityZone: str) -> Values: ...
    def create_launch_template(self, *, LaunchTemplateName: str, LaunchTemplateData: Values) -> Values: ...


class Eks(Protocol):
    def create_cluster(self, **arguments: object) -> object: ...
    def delete_cluster(self, *, name: str) -> object: ...
    def create_nodegroup(self, **arguments: object) -> object: ...
    def update_nodegroup_config(self, **arguments: object) -> object: ...
    def delete_nodegroup(self, *, clusterName: str, nodegroupName: str) -> object: ...


class Groups:
    """The node groups of one cluster, and the nodes that stand behind them."""

    def __init__(self, site: Site, eks: Eks, ec2: Ec2, subnets: list[str]) -> None:
        self.site = site
        self._ec2 = ec2
        self._eks = eks
        self._subnets = subnets
        self._names: set[str] = set()

    def make(self, name: str, instance_type: str, nodes: int, **more: object) -> None:
        self._names.add(name)
        self._eks.create_nodegroup(
            clusterName=CLUSTER,
            nodegroupName=name,
            nodeRole=ROLE,
            subnets=self._subnets,
            instanceTypes=[instance_type],
            scalingConfig=_scaling(nodes),
            **more,
        )

    def template(self, data: Values) -> str:
        made = self._ec2.create_launch_template(LaunchTemplateName="plain", LaunchTemplateData=data)
        return text(mapping(made["LaunchTemplate"])["LaunchTemplateId"])

    def scale(self, name: str, nodes: int) -> None:
        self._eks.update_nodegroup_config(clusterName=CLUSTER, nodegroupName=name, scalingConfig=_scaling(nodes))

    def label(self, name: str, **change: object) -> None:
        self._eks.update_nodegroup_config(clusterName=CLUSTER, nodegroupName=name, labels=change)

    def remove(self, name: str) -> None:
        self._names.discard(name)
        self._eks.delete_nodegroup(clusterName=CLUSTER, nodegroupName=name)

    def remove_all(self) -> None:
        for name in set(self._names):
            self.remove(name)

    def nodes(self, name: str) -> list[Values]:
        return [node for node in self.site.nodes() if labels(node)[NODE_GROUP] == name]

    def names(self, name: str) -> set[str]:
        return {text(mapping(node["metadata"])["name"]) for node in self.nodes(name)}


def _scaling(nodes: int) -> Values:
    return {"minSize": 0, "maxSize": 10, "desiredSize": nodes}


def labels(node: Values) -> Values:
    return mapping(mapping(node["metadata"])["labels"])


def taints(node: Values) -> list[tuple[object, object]]:
    listed = (mapping(taint) for taint in sequence(mapping(node["spec"]).get("taints")))
    # A node that is not ready yet has a taint of the API server's beside its own.
    return [(taint["key"], taint["effect"]) for taint in listed if "kubernetes.io/not-ready" not in text(taint["key"])]


@pytest.fixture
def groups(site: Site) -> Generator[Groups]:
    ec2 = cast("Ec2", boto3.client("ec2", REGION, endpoint_url=site.endpoint))
    eks = cast("Eks", boto3.client("eks", REGION, endpoint_url=site.endpoint))
    vpc = text(mapping(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"])["VpcId"])
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{third}.0/24", AvailabilityZone=f"{REGION}{letter}")
        for third, letter in enumerate("ab")
    ]
    subnets = [text(mapping(subnet["Subnet"])["SubnetId"]) for subnet in made]
    eks.create_cluster(name=CLUSTER, roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    kept = Groups(site, eks, ec2, subnets)
    yield kept
    kept.remove_all()
    eks.delete_cluster(name=CLUSTER)
    until(lambda: site.nodes() == [])


def test_a_group_without_a_taint_is_kept_free_by_one_of_the_labs_own(groups: Groups) -> None:
    groups.make("plain", "m5.large", 2)
    until(lambda: len(groups.nodes("plain")) == 2)
    for node in groups.nodes("plain"):
        assert taints(node) == [("kwok.x-k8s.io/node", "NoSchedule")]
        offered = mapping(mapping(node["status"])["allocatable"])
        assert (offered["cpu"], offered["memory"], offered["pods"]) == ("2", "8Gi", "110")
        assert not {GPU, EFA} & set(offered)
    # One in each subnet's zone.
    zones = {labels(node)["topology.kubernetes.io/zone"] for node in groups.nodes("plain")}
    assert zones == {f"{REGION}a", f"{REGION}b"}


def test_a_group_names_its_type_where_its_template_names_none(groups: Groups) -> None:
    # The system pool's: its template has the volume and the metadata options alone.
    template = groups.template({"MetadataOptions": {"HttpTokens": "required"}})
    groups.make("system", "m5.large", 2, launchTemplate={"id": template, "version": "1"})
    until(lambda: len(groups.nodes("system")) == 2)
    assert {labels(node)["node.kubernetes.io/instance-type"] for node in groups.nodes("system")} == {"m5.large"}


def test_nodes_follow_the_desired_size_up_and_down(groups: Groups) -> None:
    groups.make("sized", "g5.xlarge", 1)
    until(lambda: len(groups.nodes("sized")) == 1)
    first = groups.names("sized")
    groups.scale("sized", 3)
    until(lambda: len(groups.nodes("sized")) == 3)
    groups.scale("sized", 1)
    until(lambda: groups.names("sized") == first)
    groups.scale("sized", 0)
    until(lambda: groups.names("sized") == set())


def test_labels_and_taints_are_the_groups_and_change_with_it(groups: Groups) -> None:
    taint = {"key": "team", "value": "vision", "effect": "NO_EXECUTE"}
    groups.make("marked", "g5.xlarge", 1, labels={"tier": "spot", "owner": "vision"}, taints=[taint])
    until(lambda: len(groups.nodes("marked")) == 1)
    (node,) = groups.nodes("marked")
    assert (labels(node)["tier"], taints(node)) == ("spot", [("team", "NoExecute")])
    groups.label("marked", addOrUpdateLabels={"tier": "reserved"}, removeLabels=["owner"])
    until(lambda: labels(groups.nodes("marked")[0])["tier"] == "reserved")
    (changed,) = groups.nodes("marked")
    assert "owner" not in labels(changed)
    assert mapping(changed["metadata"])["uid"] == mapping(node["metadata"])["uid"]


def test_a_group_made_again_has_other_nodes(groups: Groups) -> None:
    groups.make("again", "g5.xlarge", 1)
    until(lambda: len(groups.nodes("again")) == 1)
    first = groups.names("again")
    groups.remove("again")
    groups.make("again", "g5.xlarge", 1)
    until(lambda: bool(groups.names("again")) and not groups.names("again") & first)


def test_a_node_has_the_processor_of_its_type(groups: Groups) -> None:
    groups.make("arm", "g5g.xlarge", 1)
    until(lambda: len(groups.nodes("arm")) == 1)
    (node,) = groups.nodes("arm")
    assert labels(node)["kubernetes.io/arch"] == "arm64"
    until(lambda: _architecture(groups.nodes("arm")[0]) == "arm64")


def _architecture(node: Values) -> object:
    return mapping(mapping(node["status"])["nodeInfo"])["architecture"]


def test_a_node_that_is_not_simulated_is_left_alone_with_its_pods(groups: Groups) -> None:
    cluster = groups.site.cluster
    pods = f"/api/v1/namespaces/{cluster.namespace('left-alone')}/pods"
    cluster.create("/api/v1/nodes", {"metadata": {"name": "real"}})
    groups.make("beside", "g5.xlarge", 1)
    until(lambda: len(groups.nodes("beside")) == 1)
    for name, node in {"theirs": "real", "ours": groups.names("beside").pop()}.items():
        spec = {"nodeName": node, "containers": [{"name": "main", "image": "localhost/image"}]}
        cluster.create(pods, {"metadata": {"name": name}, "spec": spec})
    until(lambda: phase(cluster.get(f"{pods}/ours")) == "Running")
    assert phase(cluster.get(f"{pods}/theirs")) == "Pending"
    groups.remove("beside")
    until(lambda: groups.names("beside") == set())
    real = cluster.get("/api/v1/nodes/real")
    assert mapping(mapping(real["status"])["nodeInfo"])["kubeletVersion"] == ""
    cluster.delete("/api/v1/nodes/real")


def test_a_type_that_ec2_does_not_know_is_named_and_stops_no_other_group(groups: Groups) -> None:
    groups.make("unknown", "p99.huge", 1)
    groups.make("known", "g5.xlarge", 1)
    until(lambda: len(groups.nodes("known")) == 1)
    assert groups.nodes("unknown") == []
    until(lambda: "node group unknown: " in _health(groups.site) and "p99.huge" in _health(groups.site))


def _health(site: Site) -> str:
    connection = http.client.HTTPConnection(urlsplit(site.health).netloc, timeout=5)
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    output = answer.read().decode()
    connection.close()
    assert answer.status == 200, output
    return output
