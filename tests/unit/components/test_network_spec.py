"""Network: subnets lie inside their block, apart from each other, and stay where they are; a closed network lacks no
endpoint; bad input is refused by name.
"""

import ipaddress
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.args import ExistingNetworkArgs, Nat, NetworkArgs
from components.network.endpoints import BY_FEATURE, FEATURES, Feature, closed_endpoints, service_name, short_name
from components.network.spec import LOG_DAYS, VACANT, ExistingNetworkSpec, NetworkSpec, Subnet
from components.violations import SpecError, Violation

ZONES = [f"us-east-1{letter}" for letter in "abcdef"]
BLOCKS = ["10.64.0.0", "10.65.0.0", "10.66.0.0"]


def spec(zones: list[str], prefix: int = 16, blocks: int = 3) -> NetworkSpec:
    first, *more = (f"{block}/{prefix}" for block in BLOCKS[:blocks])
    return NetworkSpec.parse({"cidr": first, "more_cidrs": more, "zones": zones, "region": "us-east-1"})


def by_name(zones: list[str], prefix: int = 16) -> dict[str, Subnet]:
    return {subnet.suffix: subnet for subnet in spec(zones, prefix).subnets}


def violations(cidr: str = "10.64.0.0/16", zones: list[str] = ZONES[:2], more: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(SpecError) as caught:
        NetworkSpec.parse({"cidr": cidr, "more_cidrs": more, "zones": zones, "region": "us-east-1"})
    return [str(violation) for violation in caught.value.violations]


@given(prefix=st.integers(16, 26), count=st.integers(2, 6))
def test_subnets_lie_in_their_blocks_without_overlap(prefix: int, count: int) -> None:
    found = spec(ZONES[:count], prefix)
    blocks = [ipaddress.IPv4Network(subnet.cidr) for subnet in found.subnets]
    assert len(blocks) == 2 * count
    assert all(
        block.subnet_of(ipaddress.IPv4Network(one.block)) for block, one in zip(blocks, found.subnets, strict=True)
    )
    assert {one.block for one in found.subnets} <= {found.cidr, *found.more_cidrs}
    assert not any(one.overlaps(two) for one in blocks for two in blocks if one is not two)


def test_two_zones_have_the_addresses_that_they_always_had() -> None:
    assert [(one.suffix, one.cidr) for one in spec(ZONES[:2], blocks=1).subnets] == [
        ("public-us-east-1a", "10.64.0.0/18"),
        ("public-us-east-1b", "10.64.64.0/18"),
        ("private-us-east-1a", "10.64.128.0/18"),
        ("private-us-east-1b", "10.64.192.0/18"),
    ]


@given(
    zones=st.permutations(ZONES).flatmap(lambda zones: st.integers(2, 5).map(lambda count: zones[:count])),
    prefix=st.integers(16, 26),
)
def test_another_zone_moves_no_subnet(zones: list[str], prefix: int) -> None:
    before = by_name(zones, prefix)
    more = by_name([*zones, next(zone for zone in ZONES if zone not in zones)], prefix)
    assert {name: more[name] for name in before} == before


@given(given_up=st.sets(st.integers(2, 5)), prefix=st.integers(16, 26))
def test_a_zone_given_up_moves_no_subnet(given_up: set[int], prefix: int) -> None:
    whole = by_name(ZONES, prefix)
    left = by_name([VACANT if index in given_up else zone for index, zone in enumerate(ZONES)], prefix)
    assert left == {
        name: subnet for name, subnet in whole.items() if subnet.zone in {one.zone for one in left.values()}
    }
    assert len(left) == 2 * (len(ZONES) - len(given_up))


def test_a_third_zone_in_a_full_block_is_refused_with_a_block_that_is_free() -> None:
    (output,) = violations(zones=ZONES[:3])
    assert output.startswith("zones = 'us-east-1a,us-east-1b,us-east-1c'")
    assert "e.g. 10.64.0.0/16,10.65.0.0/16" in output
    assert len(spec(ZONES[:3], blocks=2).subnets) == 6


@pytest.mark.parametrize(
    "cidr", ["10.64.0.0/27", "10.64.0.0/28", "10.64.0.0/8", "10.64.0.1/16", "8.8.0.0/16", "nonsense", ""]
)
def test_a_bad_block_is_named(cidr: str) -> None:
    assert all(output.startswith("cidr = ") for output in violations(cidr))


@pytest.mark.parametrize(
    "cidr",
    [
        "127.0.0.0/16",  # loopback
        "169.254.0.0/16",  # link-local
        "224.0.0.0/16",  # multicast
        "240.0.0.0/16",  # reserved
        "0.0.0.0/16",
        "198.18.0.0/16",  # benchmarks
        "192.0.2.0/24",  # documentation
        "172.17.0.0/16",  # container runtimes
        "172.17.128.0/17",
    ],
)
def test_a_loopback_or_link_local_block_is_refused(cidr: str) -> None:
    (output,) = violations(cidr)
    assert output.startswith(f"cidr = '{cidr}'")


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.16.0.0/16", "172.31.0.0/20", "192.168.0.0/16", "100.64.0.0/16"])
def test_private_blocks_are_taken(cidr: str) -> None:
    assert NetworkSpec.parse({"cidr": cidr, "zones": ZONES[:2]}).cidr == cidr


@pytest.mark.parametrize(("more", "path"), [(("10.64.128.0/17",), "[0]"), (("10.65.0.0/16", "192.168.0.0/16"), "[1]")])
def test_a_further_block_that_aws_does_not_add_is_named(more: tuple[str, ...], path: str) -> None:
    (output,) = violations(more=more)
    assert output.startswith(f"more_cidrs{path} = ")


@pytest.mark.parametrize("zone", ["eu-west-1a", "us-east-1-bos-1a", "us-east-1-wl1-bos-wlz-1", "us-east-1"])
def test_a_zone_outside_the_region_is_refused(zone: str) -> None:
    (output,) = violations(zones=["us-east-1a", zone])
    assert output.startswith(f"zones = '{zone}'")


@pytest.mark.parametrize("zones", [[], ["us-east-1a"], ["us-east-1a", "-", "us-east-1c"], ["us-east-1a", "us-east-1a"]])
def test_fewer_than_two_zones_of_a_control_plane_are_refused(zones: list[str]) -> None:
    assert any(output.startswith("zones = ") for output in violations(zones=zones))


def refused(**more: object) -> list[Violation]:
    """Violations of a good network with some other arguments, as a caller without types may pass them."""
    args = {"cidr": "10.64.0.0/16", "zones": ZONES[:2], **more}
    with pytest.raises(SpecError) as caught:
        NetworkSpec.parse(cast("NetworkArgs", args))
    return list(caught.value.violations)


def existing(**more: object) -> list[Violation]:
    args: Mapping[str, object] = {
        "vpc_id": "vpc-0123456789abcdef0",
        "private_subnet_ids": {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000b"},
        **more,
    }
    with pytest.raises(SpecError) as caught:
        ExistingNetworkSpec.parse(cast("ExistingNetworkArgs", args))
    assert caught.value.component == "ExistingNetwork"
    return list(caught.value.violations)


def test_the_region_is_that_of_the_zones() -> None:
    assert NetworkSpec.parse({"cidr": "10.64.0.0/16", "zones": ["us-gov-west-1a", "us-gov-west-1b"]}).region == (
        "us-gov-west-1"
    )
    first, second = refused(zones=["a", "b"])
    assert (first.path, first.value, second.value) == ("zones", "a", "b")
    assert "its region, e.g. us-east-1, and a letter" in first.rule
    assert "describe-availability-zones" in first.remedy


@given(
    zones=st.permutations(ZONES).flatmap(lambda zones: st.integers(2, 6).map(lambda count: zones[:count])),
    given_up=st.sets(st.integers(2, 5)),
    nat=st.sampled_from(["zone", "one"]),
)
def test_every_zone_has_a_nat_gateway_that_exists(zones: list[str], given_up: set[int], nat: Nat) -> None:
    """A1."""
    found = NetworkSpec.parse(
        {
            "cidr": "10.64.0.0/16",
            "more_cidrs": ["10.65.0.0/16", "10.66.0.0/16"],
            "zones": [VACANT if index in given_up else zone for index, zone in enumerate(zones)],
            "nat": nat,
        }
    )
    assert {found.nat_zone_of(zone) for zone in found.zones} == set(found.nat_zones)
    assert len(found.nat_zones) == (1 if nat == "one" else len(found.zones))
    assert nat == "one" or all(found.nat_zone_of(zone) == zone for zone in found.zones)
    assert VACANT not in found.zones


def test_a_kind_of_nat_that_there_is_not_is_named() -> None:
    (violation,) = refused(nat="regional")
    assert (violation.path, violation.value) == ("nat", "regional")
    assert "in each zone, in one, or there is none" in violation.rule
    assert violation.remedy == "one of zone, one, none"


@given(features=st.lists(st.sampled_from(FEATURES)))
def test_a_closed_network_has_an_endpoint_of_all_that_its_features_call(features: list[Feature]) -> None:
    """A1."""
    wanted = closed_endpoints(features)
    assert len(set(wanted)) == len(wanted)
    assert {"ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts"} <= set(wanted)
    assert all(set(BY_FEATURE[feature]) <= set(wanted) for feature in features)
    found = NetworkSpec.parse(
        {"cidr": "10.64.0.0/16", "zones": ZONES[:2], "nat": "none", "features": features, "endpoints": wanted}
    )
    assert (found.closed, found.nat_zones, found.endpoints) == (True, (), wanted)


@given(features=st.lists(st.sampled_from(FEATURES)), data=st.data())
def test_a_closed_network_without_an_endpoint_is_refused_by_its_name(
    features: list[Feature], data: st.DataObject
) -> None:
    """A1: an endpoint that is forgotten is a node, or a controller, that waits for ever."""
    wanted = closed_endpoints(features)
    forgotten = data.draw(st.sets(st.sampled_from(wanted), min_size=1))
    rest = [service for service in wanted if service not in forgotten]
    found = refused(nat="none", features=features, endpoints=rest)
    assert {violation.remedy.split(";")[0] for violation in found} == {f"add {service}" for service in forgotten}
    for violation in found:
        assert (violation.path, violation.value) == ("endpoints", ",".join(rest))
        assert violation.remedy.endswith(",".join(wanted))


def test_a_forgotten_endpoint_says_who_calls_it() -> None:
    rest = [service for service in closed_endpoints(["karpenter", "session-manager"]) if service != "ssm"]
    (violation,) = refused(nat="none", features=["karpenter", "session-manager"], endpoints=rest)
    assert violation.rule == (
        "without NAT, ssm is reached by an endpoint alone: it is called by karpenter and session-manager"
    )
    (violation,) = refused(nat="none", endpoints=[one for one in closed_endpoints() if one != "ecr.dkr"])
    assert violation.rule.endswith("a node pulls images")


def test_features_ask_for_nothing_where_there_is_nat() -> None:
    found = NetworkSpec.parse({"cidr": "10.64.0.0/16", "zones": ZONES[:2], "features": list(FEATURES)})
    assert (found.endpoints, found.nat, found.closed) == ((), "zone", False)


@pytest.mark.parametrize(
    ("endpoints", "value", "rule", "remedy"),
    [
        (["ecr api"], "ecr api", "named by its service", "aws ec2 describe-vpc-endpoint-services --region us-east-1"),
        (["ECR.api"], "ECR.api", "named by its service", "e.g. ec2, ecr.api, ecr.dkr"),
        ([""], "", "named by its service", "e.g. ec2"),
        (["s3"], "s3", "S3 is reached by the gateway endpoint", "leave it out"),
        (["com.amazonaws.us-east-1.s3"], "com.amazonaws.us-east-1.s3", "the gateway endpoint", "leave it out"),
        (["com.amazonaws.eu-west-1.kms"], "com.amazonaws.eu-west-1.kms", "own region, us-east-1", "set kms"),
    ],
)
def test_a_bad_endpoint_is_named(endpoints: list[str], value: str, rule: str, remedy: str) -> None:
    (violation,) = refused(endpoints=endpoints)
    assert (violation.path, violation.value) == ("endpoints[0]", value)
    assert rule in violation.rule
    assert remedy in violation.remedy


@pytest.mark.parametrize("again", ["kms", "com.amazonaws.us-east-1.kms"])
def test_an_endpoint_that_is_named_twice_is_refused(again: str) -> None:
    """Private DNS of the second conflicts with that of the first."""
    (violation,) = refused(endpoints=["kms", again])
    assert (violation.path, violation.value, violation.remedy) == ("endpoints[1]", again, "leave one out")
    assert "private DNS" in violation.rule


def test_an_unknown_feature_is_named() -> None:
    (violation,) = refused(features=["kms", "karpentr"], nat="none")
    assert (violation.path, violation.value) == ("features", "karpentr")
    assert "whose calls of AWS are known" in violation.rule
    assert "karpenter" in violation.remedy


@pytest.mark.parametrize(
    ("region", "service", "name"),
    [
        ("eu-west-1", "ecr.api", "com.amazonaws.eu-west-1.ecr.api"),
        ("us-gov-west-1", "eks-auth", "com.amazonaws.us-gov-west-1.eks-auth"),
        ("cn-north-1", "ecr.dkr", "cn.com.amazonaws.cn-north-1.ecr.dkr"),
        ("cn-northwest-1", "sts", "cn.com.amazonaws.cn-northwest-1.sts"),
        ("cn-north-1", "logs", "com.amazonaws.cn-north-1.logs"),
        ("cn-north-1", "s3", "com.amazonaws.cn-north-1.s3"),
        ("eusc-de-east-1", "ecr.api", "eu.amazonaws.eusc-de-east-1.ecr.api"),
        ("eusc-de-east-1", "ec2", "com.amazonaws.eusc-de-east-1.ec2"),
        ("us-iso-east-1", "gov.ic.c2s.us-iso-east-1.ec2", "gov.ic.c2s.us-iso-east-1.ec2"),
    ],
)
def test_an_endpoint_is_named_as_its_partition_does(region: str, service: str, name: str) -> None:
    assert service_name(service, region) == name
    assert short_name(name) == short_name(service)


def test_full_names_close_a_network_too() -> None:
    full = [f"com.amazonaws.us-east-1.{service}" for service in closed_endpoints()]
    found = NetworkSpec.parse({"cidr": "10.64.0.0/16", "zones": ZONES[:2], "nat": "none", "endpoints": full})
    assert found.endpoints == tuple(full)


@given(days=st.integers(-10, 5000) | st.booleans() | st.floats())
def test_flow_logs_are_kept_for_days_that_cloudwatch_logs_knows(days: object) -> None:
    if type(days) is int and days in (0, *LOG_DAYS):
        args: NetworkArgs = {"cidr": "10.64.0.0/16", "zones": ZONES[:2], "flow_log_days": days}
        assert NetworkSpec.parse(args).flow_log_days == days
    else:
        (violation,) = refused(flow_log_days=days)
        assert violation.path == "flow_log_days"
        assert "CloudWatch Logs keeps logs for one of 1, 3," in violation.rule
        assert violation.remedy.endswith("or 0 for no flow logs")


def test_the_next_longer_time_is_offered() -> None:
    (violation,) = refused(flow_log_days=100)
    assert (violation.value, violation.remedy) == (100, "set 120, or 0 for no flow logs")


def test_every_violation_of_a_network_is_in_one_message() -> None:
    found = refused(cidr="8.8.8.0/24", zones=["us-east-1a"], nat="all", endpoints=["s3"], flow_log_days=2)
    assert {violation.path for violation in found} == {"cidr", "zones", "nat", "endpoints[0]", "flow_log_days"}


def test_an_existing_network_keeps_the_order_of_its_zones() -> None:
    private = {"us-east-1b": "subnet-0000000b", "us-east-1a": "subnet-0000000a"}
    args: ExistingNetworkArgs = {"vpc_id": "vpc-0123456789abcdef0", "private_subnet_ids": private}
    assert ExistingNetworkSpec.parse(args).zones == ("us-east-1b", "us-east-1a")


@pytest.mark.parametrize(
    ("more", "path", "value", "rule", "remedy"),
    [
        ({"vpc_id": "network"}, "vpc_id", "network", "an id of EC2 is vpc-", "describe-vpcs"),
        ({"vpc_id": ""}, "vpc_id", "", "an id of EC2 is vpc-", "describe-vpcs"),
        (
            {"security_group_id": "subnet-0000000a"},
            "security_group_id",
            "subnet-0000000a",
            "an id of EC2 is sg-",
            "describe-security-groups",
        ),
        (
            {"private_subnet_ids": {"us-east-1a": "subnet-0000000a"}},
            "private_subnet_ids",
            "us-east-1a",
            "spans 2 Availability Zones or more",
            "us-east-1a,us-east-1b",
        ),
        (
            {"private_subnet_ids": {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000A"}},
            "private_subnet_ids.us-east-1b",
            "subnet-0000000A",
            "an id of EC2 is subnet-",
            "describe-subnets",
        ),
        (
            {"private_subnet_ids": {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000a"}},
            "private_subnet_ids.us-east-1b",
            "subnet-0000000a",
            "a subnet is in one zone, and either private or public, and this one is private_subnet_ids.us-east-1a too",
            "name each subnet once",
        ),
        (
            {"public_subnet_ids": {"us-east-1a": "subnet-0000000b"}},
            "public_subnet_ids.us-east-1a",
            "subnet-0000000b",
            "this one is private_subnet_ids.us-east-1b too",
            "name each subnet once",
        ),
        (
            {"public_subnet_ids": {"us-east-1c": "subnet-0000000c"}},
            "public_subnet_ids",
            "us-east-1c",
            "in the zones of the nodes",
            "one of us-east-1a, us-east-1b",
        ),
        ({"region": "eu-west-1"}, "private_subnet_ids", "us-east-1a", "its region, eu-west-1", "--region eu-west-1"),
    ],
)
def test_a_bad_existing_network_is_named(
    more: Mapping[str, object], path: str, value: str, rule: str, remedy: str
) -> None:
    violation = existing(**more)[0]
    assert (violation.path, violation.value) == (path, value)
    assert rule in violation.rule
    assert remedy in violation.remedy


def test_no_place_of_a_zone_is_kept_in_an_existing_network() -> None:
    private = {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000b", VACANT: "subnet-0000000c"}
    (violation,) = existing(private_subnet_ids=private)
    assert (violation.path, violation.value, violation.remedy) == ("private_subnet_ids", VACANT, "leave it out")
    assert "no place of a zone is kept" in violation.rule
