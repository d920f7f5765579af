"""What a change costs: every resource by its price, and what has none is unknown and never nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.cost import prices
from cli.cost.declared import Declared
from cli.cost.estimate import Bound, Estimate, estimate
from cli.cost.prices import PriceTable, shipped
from cli.cost.resources import FREE, STANDING, USAGE
from components.cluster.versions import VERSIONS
from components.declared import kinds
from policies.wire import SENTINELS

TODAY = date(2026, 12, 1)
TABLE = shipped("us-east-1")
ROOT = Path(__file__).parents[4]
NODE_GROUP, TEMPLATE = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def declared(kind: str, inputs: Mapping[str, object], name: str = "one") -> Declared:
    return Declared(urn=f"urn:pulumi:aws.platform::aifactory::{kind}::{name}", type=kind, inputs=inputs)


def pool(
    instance_type: str, desired: object, most: object = None, name: str = "gpu", **inputs: object
) -> list[Declared]:
    """A pool as `GpuPool` declares it before anything is made: its template has no ID yet."""
    template = declared(
        TEMPLATE,
        {
            "instanceType": instance_type,
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeType": "gp3", "volumeSize": 200}}],
        },
        f"{name}-template",
    )
    group = declared(
        NODE_GROUP,
        {
            "scalingConfig": {"desiredSize": desired, "minSize": 0, "maxSize": desired if most is None else most},
            "launchTemplate": {"id": UNKNOWN, "version": UNKNOWN},
            "capacityType": "ON_DEMAND",
            **inputs,
        },
        f"{name}-nodes",
    )
    return [template, replace(group, refers={"launchTemplate": (template.urn,)})]


def of(after: list[Declared], before: list[Declared] | None = None, table: PriceTable = TABLE) -> Estimate:
    return estimate(before or [], after, table, TODAY)


def test_a_pool_costs_its_desired_nodes_and_has_a_ceiling() -> None:
    found = of(pool("p5.48xlarge", 2, 5))
    disk = Decimal("0.08") * 200 / 730
    assert found.after.hourly.value == 2 * (Decimal("55.04") + disk)
    assert found.after.ceiling.value == 5 * (Decimal("55.04") + disk)
    assert found.after.gpu_hours.value == 2 * 8 * 730
    assert found.after.most_gpu_hours.value == 5 * 8 * 730
    assert str(found.hourly) == "110.12"
    assert [item.what for item in found.after.items] == ["2 to 5 x p5.48xlarge", "2 to 5 x 200 GiB of gp3"]


def test_a_pool_of_no_nodes_costs_nothing_and_has_a_ceiling() -> None:
    found = of(pool("p5.48xlarge", 0, 3))
    assert found.after.hourly.value == 0
    assert found.after.hourly.bound is Bound.EXACT
    assert found.after.ceiling.value is not None
    assert found.after.ceiling.value > 165


@pytest.mark.parametrize(
    ("market", "said"), [("CAPACITY_BLOCK", "when it is bought"), ("SPOT", "spot"), (UNKNOWN, "bought")]
)
def test_what_no_list_has_a_price_of_is_unknown_and_its_gpus_are_known(market: str, said: str) -> None:
    found = of(pool("p5.48xlarge", 5, capacityType=market))
    (item,) = [item for item in found.unknown if item.what == "5 x p5.48xlarge"]
    assert said in item.why
    assert found.hourly.bound is Bound.AT_LEAST
    assert found.gpu_hours.value == 5 * 8 * 730
    assert found.gpu_hours.bound is Bound.EXACT


def test_the_dearest_of_several_types_is_priced() -> None:
    found = of(pool("", 1, instanceTypes=["m7i.2xlarge", "r7i.8xlarge"]))
    assert found.after.items[0].hourly == max(
        TABLE.prices[prices.instance(one)].usd for one in ("m7i.2xlarge", "r7i.8xlarge")
    )
    assert any("dearest" in text for text in found.assumptions)


def test_a_template_is_found_by_its_id_once_it_is_made() -> None:
    template, group = pool("p5.48xlarge", 1)
    template = replace(template, id="lt-1")
    group = replace(group, refers={}, inputs={**group.inputs, "launchTemplate": {"id": "lt-1", "version": "3"}})
    assert of([template, group]).unknown == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scalingConfig", UNKNOWN),
        ("scalingConfig", {"desiredSize": UNKNOWN, "maxSize": 3}),
        ("instanceTypes", [UNKNOWN]),
    ],
)
def test_what_only_an_update_knows_is_unknown_and_is_never_printed(path: str, value: object) -> None:
    template, group = pool("p5.48xlarge", 1)
    found = of([template, replace(group, inputs={**group.inputs, path: value})])
    assert found.unknown
    assert found.hourly.bound is not Bound.EXACT
    for item in found.after.items:
        assert not any(one in f"{item.what} {item.why}" for one in SENTINELS)


def test_a_pool_of_karpenter_costs_its_replicas_and_has_its_limits_as_ceiling() -> None:
    node_class = declared(
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
        {
            "metadata": {"name": "gpu"},
            "spec": {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": "100Gi"}}]},
        },
    )

    def node_pool(**spec: object) -> Declared:
        requirements = [
            {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p5.48xlarge"]},
            {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
        ]
        template = {"spec": {"nodeClassRef": {"name": "gpu"}, "requirements": requirements}}
        return declared(
            "kubernetes:karpenter.sh/v1:NodePool", {"metadata": {"name": "gpu"}, "spec": {"template": template, **spec}}
        )

    dynamic = of([node_class, node_pool(limits={"nvidia.com/gpu": "32"})])
    assert [item.what for item in dynamic.after.items] == ["0 to 4 x p5.48xlarge", "0 to 4 x 100 GiB of gp3"]
    assert dynamic.after.hourly.value == 0
    assert dynamic.after.ceiling.bound is Bound.EXACT
    static = of([node_class, node_pool(replicas=2, limits={"nodes": "3"})])
    assert static.after.gpu_hours.value == 2 * 8 * 730
    assert of([node_class, node_pool()]).after.ceiling.bound is not Bound.EXACT


@pytest.mark.parametrize(
    ("kind", "inputs", "hourly"),
    [
        ("aws:eks/cluster:Cluster", {"version": "1.34", "upgradePolicy": {"supportType": "STANDARD"}}, "0.1"),
        ("aws:ec2/natGateway:NatGateway", {}, "0.045"),
        ("aws:ec2/eip:Eip", {"domain": "vpc"}, "0.005"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface", "subnetIds": [UNKNOWN, UNKNOWN]}, "0.02"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Gateway"}, "0"),
        ("aws:kms/key:Key", {}, str(Decimal(1) / 730)),
        ("aws:ec2/vpc:Vpc", {}, "0"),
        ("aws:iam/role:Role", {}, "0"),
        ("aifactory:gpu_pool:GpuPool", {}, "0"),
        ("kubernetes:core/v1:ConfigMap", {}, "0"),
        ("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}, "0"),
        ("kubernetes:networking.k8s.io/v1:Ingress", {"spec": {"ingressClassName": "nginx"}}, "0"),
    ],
)
def test_what_stands_there_costs_by_the_hour(kind: str, inputs: Mapping[str, object], hourly: str) -> None:
    found = of([declared(kind, inputs)])
    assert found.after.hourly.value == Decimal(hourly)
    assert found.after.hourly.bound is Bound.EXACT


@pytest.mark.parametrize(
    ("kind", "inputs", "why"),
    [
        ("aws:rds/instance:Instance", {}, "nothing here knows the price"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface", "subnetIds": UNKNOWN}, "not known yet"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "GatewayLoadBalancer"}, "no price"),
        ("aws:fsx/lustreFileSystem:LustreFileSystem", {"storageCapacity": 4800}, "no price of lustre/ssd/scratch"),
        ("aws:kms/key:Key", {"region": "eu-west-1"}, "it is in eu-west-1"),
        ("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer"}}, "not declared"),
        (
            "kubernetes:networking.k8s.io/v1:Ingress",
            {"spec": {"ingressClassName": "alb"}},
            "no price of elb/application",
        ),
    ],
)
def test_what_has_no_price_is_unknown_by_name(kind: str, inputs: Mapping[str, object], why: str) -> None:
    found = of([declared(kind, inputs, "named")])
    (item,) = found.unknown
    assert item.urn.endswith("::named")
    assert why in item.why
    assert found.hourly.value is None
    assert str(found.monthly) == "unknown"


def test_lustre_costs_by_its_size_and_its_throughput_class() -> None:
    name = prices.lustre("ssd", "250")
    table = replace(TABLE, prices={**TABLE.prices, name: replace(TABLE.prices["ebs/gp3"], usd=Decimal("0.21"))})
    inputs: dict[str, object] = {
        "storageCapacity": 4800,
        "deploymentType": "PERSISTENT_2",
        "storageType": "SSD",
        "perUnitStorageThroughput": 250,
        "metadataConfiguration": {"mode": "AUTOMATIC"},
        "automaticBackupRetentionDays": 7,
    }
    found = of([declared("aws:fsx/lustreFileSystem:LustreFileSystem", inputs)], table=table)
    assert found.after.monthly.value is not None
    assert round(found.after.monthly.value, 6) == 4800 * Decimal("0.21")
    assert found.unknown == ()
    assert [one.what for one in found.after.usage] == ["GB of backups kept"]
    inputs["metadataConfiguration"] = {"mode": "USER_PROVISIONED", "iops": 12000}
    assert [item.what for item in of([declared("aws:fsx/lustreFileSystem:LustreFileSystem", inputs)]).unknown] == [
        "4800 GiB of FSx for Lustre, SSD at 250 MB/s a TiB",
        "12000 metadata IOPS",
    ]


def test_ingresses_of_one_group_have_one_load_balancer() -> None:
    table = replace(TABLE, prices={**TABLE.prices, "elb/application": TABLE.prices["vpc/nat-gateway"]})

    def ingress(name: str, group: str) -> Declared:
        return declared(
            "kubernetes:networking.k8s.io/v1:Ingress",
            {
                "metadata": {"annotations": {"alb.ingress.kubernetes.io/group.name": group}},
                "spec": {"ingressClassName": "alb"},
            },
            name,
        )

    found = of([ingress("a", "entry"), ingress("b", "entry"), ingress("c", "other")], table=table)
    assert found.after.hourly.value == 2 * Decimal("0.045")


def test_extended_support_is_paid_from_its_day_on() -> None:
    cluster = [declared("aws:eks/cluster:Cluster", {"version": "1.34", "upgradePolicy": {"supportType": "EXTENDED"}})]
    end = VERSIONS["1.34"].standard_support_until
    assert estimate([], cluster, TABLE, end).after.hourly.value == Decimal("0.1")
    assert any("extended support" in text for text in estimate([], cluster, TABLE, end).assumptions)
    later = end.replace(year=end.year + 1)
    assert estimate([], cluster, TABLE, later).after.hourly.value == Decimal("0.6")
    unsaid = [declared("aws:eks/cluster:Cluster", {"version": "1.29"})]
    assert [item.what for item in of(unsaid).unknown] == ["extended support"]


def test_what_costs_by_its_use_is_listed_and_not_estimated() -> None:
    found = of([declared("aws:s3/bucket:Bucket", {}), declared("aws:ecr/repository:Repository", {})])
    assert [one.what for one in found.after.usage] == [
        "GB kept, and requests (0.023 USD for each GB a month that is kept)",
        "GB of images kept",
    ]
    assert found.after.hourly.value == 0


def test_every_type_that_this_project_declares_is_priced_counted_or_free() -> None:
    folders = ("components", "stacks", "workloads", "cli")
    found = {kind for folder in folders for path in (ROOT / folder).rglob("*.py") for kind in kinds(path)}
    assert len(found) > 50
    unsaid = {
        kind for kind in found if any("nothing here knows" in item.why for item in of([declared(kind, {})]).unknown)
    }
    assert unsaid == set()
    assert not (FREE & (USAGE.keys() | STANDING.keys()))


def test_a_region_without_an_extract_has_no_price_at_all() -> None:
    table = shipped("ap-south-2")
    found = of(pool("p5.48xlarge", 2), table=table)
    assert table.published is None
    assert found.hourly.value is None
    assert {item.known for item in found.after.items} == {False}
    assert "no price of p5.48xlarge in ap-south-2" in found.unknown[0].why


# What Hypothesis draws deployments from: priced, unknown, by usage and free.
DRAWN: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("aws:eks/cluster:Cluster", {"upgradePolicy": {"supportType": "STANDARD"}}),
    ("aws:ec2/natGateway:NatGateway", {}),
    ("aws:kms/key:Key", {}),
    ("aws:s3/bucket:Bucket", {}),
    ("aws:ec2/vpc:Vpc", {}),
    ("aws:rds/instance:Instance", {}),
    ("aws:fsx/lustreFileSystem:LustreFileSystem", {"storageCapacity": 1200}),
)
STACKS = st.lists(st.sampled_from(DRAWN), max_size=6).map(
    lambda found: [declared(kind, inputs, str(index)) for index, (kind, inputs) in enumerate(found)]
)
TYPES = st.sampled_from(["p5.48xlarge", "g6.xlarge", "m7i.2xlarge", "p5e.48xlarge", "x99.huge"])
COUNTS = st.integers(min_value=0, max_value=50)


@given(STACKS, TYPES, COUNTS, COUNTS)
def test_a_further_node_never_lowers_the_cost(stack: list[Declared], kind: str, desired: int, room: int) -> None:
    before, after = (
        [*stack, *pool(kind, desired, desired + room)],
        [*stack, *pool(kind, desired + 1, desired + room + 1)],
    )
    found = of(after, before)
    for amount in (found.hourly, found.ceiling, found.gpu_hours):
        assert amount.value is None or (amount.value >= 0 and amount.bound is not Bound.AT_MOST)
    known = prices.instance(kind) in TABLE.prices
    assert (found.hourly.bound is Bound.EXACT) == known
    if known:
        assert found.hourly.value is not None
        assert found.hourly.value >= TABLE.prices[prices.instance(kind)].usd


@given(STACKS, TYPES, COUNTS)
def test_no_change_costs_nothing_more(stack: list[Declared], kind: str, desired: int) -> None:
    same = [*stack, *pool(kind, desired)]
    found = of(same, same)
    for amount in (found.hourly, found.monthly, found.ceiling, found.gpu_hours):
        assert (amount.value, amount.bound) == (0, Bound.EXACT)


@given(STACKS, st.sets(st.sampled_from(sorted(TABLE.prices)), max_size=160))
def test_a_price_that_goes_is_unknown_and_never_nothing(stack: list[Declared], gone: set[str]) -> None:
    stack = [*stack, *pool("p5.48xlarge", 2)]
    poorer = replace(TABLE, prices={name: one for name, one in TABLE.prices.items() if name not in gone})
    full, less = of(stack), of(stack, table=poorer)
    assert len(less.after.items) == len(full.after.items)
    for rich, poor in zip(full.after.items, less.after.items, strict=True):
        assert poor.hourly in (None, rich.hourly)
    if less.unknown:
        assert less.after.hourly.bound in (Bound.AT_LEAST, Bound.UNKNOWN)
        assert less.after.hourly.value != 0


@given(STACKS, STACKS)
def test_the_way_back_costs_as_much_less(one: list[Declared], other: list[Declared]) -> None:
    there, back = of(other, one).hourly, of(one, other).hourly
    opposite = {Bound.AT_LEAST: Bound.AT_MOST, Bound.AT_MOST: Bound.AT_LEAST}
    assert back.bound is opposite.get(there.bound, there.bound)
    assert back.value == (None if there.value is None else -there.value)
