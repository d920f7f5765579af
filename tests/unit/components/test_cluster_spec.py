"""Cluster: versions of a table, an administrator, addresses that nobody else has; all else is refused by name."""

import ipaddress
import re
from collections.abc import Mapping
from datetime import date
from typing import cast

import pytest
from botocore.model import StringShape, StructureShape
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from components.cluster.args import ClusterArgs
from components.cluster.spec import LOG_TYPES, RETENTION_DAYS, ClusterSpec, default_name
from components.cluster.versions import DEFAULT, VERSIONS
from components.violations import SpecError, Violation

ADMIN = "arn:aws:iam::111122223333:role/platform"
ARGS: ClusterArgs = {
    "subnet_ids": ["subnet-1", "subnet-2"],
    "security_group_id": "sg-1",
    "region": "us-east-1",
    "admins": [ADMIN],
}


def spec(changed: Mapping[str, object] = {}) -> ClusterSpec:
    return ClusterSpec.parse(cast("ClusterArgs", {**ARGS, **changed}), "factory")


def violation(changed: Mapping[str, object]) -> Violation:
    """The only violation of a cluster that is good but for what was changed."""
    with pytest.raises(SpecError) as caught:
        spec(changed)
    assert caught.value.component == "Cluster"
    assert len(caught.value.violations) == 1, str(caught.value)
    return caught.value.violations[0]


def test_a_cluster_without_wishes_is_private_kept_and_protected() -> None:
    found = spec()
    assert (found.version, found.name, found.log_group) == (DEFAULT, "factory", "/aws/eks/factory/cluster")
    assert (found.public_cidrs, found.service_ipv4_cidr, found.kubeconfig) == ((), "", "")
    assert (found.log_retention_days, found.deletion_protection) == (365, True)


@pytest.mark.parametrize("version", ["1.33", "1.99", "2.0", "", "1.34.1", "latest"])
def test_a_version_that_is_not_in_the_table_is_refused_with_those_that_are(version: str) -> None:
    one = violation({"version": version})
    assert (one.path, one.value) == ("version", version)
    assert "its table" in one.rule
    assert all(known in one.remedy for known in VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_the_table_has_an_image_and_add_ons_of_its_own(version: str) -> None:
    found = VERSIONS[version]
    assert found.ami_release.startswith(f"{version}.")
    assert found.addons["kube-proxy"].startswith(f"v{version}.")
    assert found.standard_support_until > date(2026, 9, 1)
    assert spec({"version": version}).version == version


@pytest.mark.parametrize("admins", [[], None])
def test_nobody_can_enter_a_cluster_without_an_administrator(admins: list[str] | None) -> None:
    """B3: the creator is no administrator by itself, so another has to be named."""
    without = {key: value for key, value in ARGS.items() if key != "admins"}
    args = without if admins is None else {**without, "admins": admins}
    with pytest.raises(SpecError) as caught:
        ClusterSpec.parse(cast("ClusterArgs", args), "factory")
    (one,) = caught.value.violations
    assert one.path == "admins"
    assert "nobody could enter" in one.rule
    assert "arn:aws:iam::111122223333:role/platform" in one.remedy


@pytest.mark.parametrize(
    "arn",
    [
        "platform",
        "arn:aws:iam::111122223333:root",
        "arn:aws:sts::111122223333:assumed-role/platform/session",
        "arn:aws-cn:iam::111122223333:role/platform",
        "arn:aws:iam::1111:role/platform",
    ],
)
def test_a_principal_that_eks_refuses_is_named(arn: str) -> None:
    """Rule 7: a session of STS is temporary, and a root or another partition's role is no principal here."""
    one = violation({"admins": [ADMIN, arn]})
    assert (one.path, one.value) == ("admins[1]", arn)
    assert "not to a session" in one.rule
    assert "arn:aws:iam" in one.remedy


def test_a_principal_has_one_access_entry() -> None:
    one = violation({"access": {ADMIN: {"policy": "AmazonEKSViewPolicy"}}})
    assert (one.path, one.value) == ("admins", ADMIN)
    assert "one access entry" in one.rule
    assert "remove" in one.remedy


def test_access_of_a_team_is_to_its_namespaces() -> None:
    arn = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/team"
    found = spec({"access": {arn: {"policy": "AmazonEKSEditPolicy", "namespaces": ["factory", "team-*"]}}}).access[1]
    assert (found.principal, found.namespaces) == (arn, ("factory", "team-*"))
    assert found.policy_arn == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"


@pytest.mark.parametrize(
    ("access", "path", "remedy"),
    [
        ({"policy": "AmazonEKSClusterAdminPolicy"}, "policy", "admins"),
        ({"policy": "admin"}, "policy", "name one"),
        ({"policy": "AmazonEKSViewPolicy", "namespaces": []}, "namespaces", "whole cluster"),
        ({"policy": "AmazonEKSViewPolicy", "namespaces": ["Team"]}, "namespaces", "team-*"),
    ],
)
def test_access_that_eks_does_not_give_is_refused(access: dict[str, object], path: str, remedy: str) -> None:
    arn = "arn:aws:iam::111122223333:user/auditor"
    one = violation({"access": {arn: access}})
    assert one.path == f"access[{arn}].{path}"
    assert one.rule
    assert remedy in one.remedy


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "52.0.0.0/7"])
def test_the_api_is_never_open_to_the_whole_internet(cidr: str) -> None:
    """B2: EKS's own default is 0.0.0.0/0; two halves of it are no better."""
    one = violation({"public_cidrs": [cidr]})
    assert (one.path, one.value) == ("public_cidrs[0]", cidr)
    assert "never open" in one.rule
    assert "203.0.113.8/32" in one.remedy


@pytest.mark.parametrize(
    ("cidrs", "path", "rule"),
    [
        (["10.0.0.0/16"], "public_cidrs[0]", "public addresses"),
        (["203.0.113.9/24"], "public_cidrs[0]", "host bits"),
        (["2001:db8::/32"], "public_cidrs[0]", "IPv4"),
        (["203.0.113.8/32", "203.0.113.8/32"], "public_cidrs", "once"),
        ([f"203.0.113.{index}/32" for index in range(41)], "public_cidrs", "40"),
    ],
)
def test_a_block_that_the_public_endpoint_does_not_admit_is_named(cidrs: list[str], path: str, rule: str) -> None:
    one = violation({"public_cidrs": cidrs})
    assert one.path == path
    assert rule in one.rule
    assert one.remedy


@given(
    first=st.integers(0, 2**20 - 1),
    prefix=st.integers(12, 24),
    vpc_first=st.integers(0, 2**20 - 1),
    vpc_prefix=st.integers(16, 24),
)
def test_services_never_overlap_with_the_vpc(first: int, prefix: int, vpc_first: int, vpc_prefix: int) -> None:
    """Rule 4: EKS says so only when the cluster is made, and the block never changes."""
    start = int(ipaddress.IPv4Address("10.0.0.0"))
    service = ipaddress.IPv4Network((start + (first << 4), prefix), strict=False)
    vpc = ipaddress.IPv4Network((start + (vpc_first << 4), vpc_prefix), strict=False)
    args = {"service_ipv4_cidr": str(service), "vpc_cidrs": [str(vpc)]}
    if service.overlaps(vpc):
        one = violation(args)
        assert (one.path, one.value) == ("service_ipv4_cidr", str(service))
        assert str(vpc) in one.rule
    else:
        assert spec(args).service_ipv4_cidr == str(service)


@pytest.mark.parametrize(
    ("cidr", "rule"),
    [
        ("10.0.0.0/11", "/24 to /12"),
        ("10.0.0.0/25", "/24 to /12"),
        ("100.64.0.0/16", "private"),
        ("172.20.0.1/16", "host bits"),
        ("services", "IPv4"),
    ],
)
def test_a_block_that_services_cannot_have_is_refused(cidr: str, rule: str) -> None:
    one = violation({"service_ipv4_cidr": cidr})
    assert (one.path, one.value) == ("service_ipv4_cidr", cidr)
    assert rule in one.rule
    assert "172.20.0.0/16" in one.remedy


def test_a_vpc_that_has_both_blocks_of_eks_has_to_name_another() -> None:
    one = violation({"vpc_cidrs": ["10.100.0.0/16", "172.20.0.0/20"]})
    assert (one.path, one.value) == ("service_ipv4_cidr", "")
    assert "10.100.0.0/16 or 172.20.0.0/16" in one.rule
    assert "192.168.0.0/20" in one.remedy
    assert spec({"vpc_cidrs": ["10.100.0.0/16", "10.64.0.0/16"]}).service_ipv4_cidr == ""


@pytest.mark.parametrize("days", [0, -1, 366, 10000])
def test_days_that_cloudwatch_does_not_keep_logs_for_are_refused(days: int) -> None:
    one = violation({"log_retention_days": days})
    assert (one.path, one.value) == ("log_retention_days", days)
    assert "3653" in one.rule
    assert one.remedy == "e.g. 365"


def test_days_and_kinds_of_logs_are_those_of_the_apis() -> None:
    """As botocore's models of CloudWatch Logs and EKS have them."""
    request = cast("StructureShape", shape("logs", "PutRetentionPolicyRequest"))
    described = re.sub("<[^>]+>", "", str(request.members["retentionInDays"].documentation))
    days = re.search(r"Possible values are: ([\d, and]+)", described)
    assert days is not None
    assert tuple(map(int, re.findall(r"\d+", days[1]))) == RETENTION_DAYS
    assert sorted(cast("StringShape", shape("eks", "LogType")).enum) == sorted(LOG_TYPES)


def shape(service: str, name: str) -> object:
    """A shape of an API's model."""
    return Session().get_service_model(service).shape_for(name)


@pytest.mark.parametrize("name", ["", "-factory", "a b", "a.b", "a" * 101])
def test_a_name_that_eks_refuses_is_named(name: str) -> None:
    """Rule 5."""
    one = violation({"name": name})
    assert (one.path, one.value) == ("name", name)
    assert "1 to 100" in one.rule
    assert one.remedy == "e.g. factory-production"


def test_a_name_is_made_of_the_stack_and_the_component() -> None:
    assert default_name("aws.platform", "cluster") == "aws-platform-cluster"


def test_one_subnet_is_too_few() -> None:
    one = violation({"subnet_ids": ["subnet-1"]})
    assert (one.path, one.value) == ("subnet_ids", 1)
    assert "two zones" in one.rule
    assert one.remedy


def test_every_violation_is_reported_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        spec({"version": "1.2", "subnet_ids": [], "public_cidrs": ["0.0.0.0/0"], "kubeconfig": "/nowhere"})
    assert [one.path for one in caught.value.violations] == ["version", "subnet_ids", "public_cidrs[0]", "kubeconfig"]
