"""Entry: TLS at the door, internal unless it is said, and nobody comes through without signing in."""

import json
from collections.abc import Callable
from typing import cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.entry.args import AwsEntryArgs, EntryArgs, EntryServiceArgs, OidcArgs
from components.entry.component import Entry
from components.entry.spec import SSL_POLICY, EntrySpec
from components.violations import SpecError, Violation
from tests.unit.components.recorder import Recorder, declared

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
OIDC: OidcArgs = {
    "issuer": "https://login.example.org",
    "authorization_endpoint": "https://login.example.org/authorize",
    "token_endpoint": "https://login.example.org/token",
    "user_info_endpoint": "https://login.example.org/userinfo",
    "secret_name": "mlflow-login",
}


def gateway() -> EntryServiceArgs:
    return {"service": "serving", "host": "models.example.org", "port": 8000, "health_path": "/health", "login": "own"}


def mlflow() -> EntryServiceArgs:
    return {"service": "mlflow", "host": "mlflow.example.org", "port": 5000, "health_path": "/health", "login": OIDC}


def aws() -> AwsEntryArgs:
    return {
        "region": "us-east-1",
        "vpc_id": "vpc-1",
        "node_security_group_id": "sg-nodes",
        "certificate_arn": CERTIFICATE,
        "inbound": ["10.0.0.0/8"],
    }


def on_aws() -> EntryArgs:
    return {"namespace": "factory", "services": {"gateway": gateway(), "mlflow": mlflow()}, "aws": aws()}


def on_cluster() -> EntryArgs:
    return {
        "namespace": "factory",
        "services": {"gateway": gateway()},
        "cluster": {"ingress_class": "nginx", "tls_secret": "entry-tls"},
    }


def violations(args: EntryArgs) -> dict[str, Violation]:
    with pytest.raises(SpecError) as caught:
        EntrySpec.parse(args)
    return {one.path: one for one in caught.value.violations}


def annotations(seen: Recorder, name: str) -> dict[str, str]:
    metadata = cast("dict[str, dict[str, str]]", seen.inputs()[name]["metadata"])
    prefix = "alb.ingress.kubernetes.io/"
    return {key.removeprefix(prefix): value for key, value in metadata["annotations"].items()}


def test_the_gateway_is_reachable_inside_the_vpc_with_tls() -> None:
    """B7: no load balancer, TLS or login; nodes admit only themselves, so nothing inside the VPC reached the model."""
    seen = declared(lambda: Entry("entry", on_aws()))
    told = annotations(seen, "entry-gateway")
    assert (told["scheme"], told["target-type"], told["ssl-policy"]) == ("internal", "ip", SSL_POLICY)
    assert told["certificate-arn"] == CERTIFICATE
    assert json.loads(told["listen-ports"]) == [{"HTTPS": 443}]
    assert told["healthcheck-path"] == "/health"
    assert told["security-groups"] == "entry-balancer-id"
    (nodes,) = [one for one in seen.seen if one.name == "entry-pods-8000"]
    assert nodes.inputs["securityGroupId"] == "sg-nodes"
    assert nodes.inputs["referencedSecurityGroupId"] == "entry-balancer-id"
    assert (nodes.inputs["fromPort"], nodes.inputs["toPort"]) == (8000, 8000)
    asked = [one.inputs["cidrIpv4"] for one in seen.seen if one.name.startswith("entry-from-")]
    assert asked == ["10.0.0.0/8"]


def test_both_services_share_one_load_balancer() -> None:
    seen = declared(lambda: Entry("entry", on_aws()))
    told = [annotations(seen, name) for name in ("entry-gateway", "entry-mlflow")]
    assert {one["group.name"] for one in told} == {"entry"}
    # What concerns the load balancer is the same on every Ingress of its group, else the controller refuses all of them.
    for key in ("scheme", "load-balancer-attributes", "security-groups", "ssl-policy"):
        assert len({one[key] for one in told}) == 1
    assert "auth-type" not in told[0]
    assert told[1]["auth-type"] == "oidc"
    assert json.loads(told[1]["auth-idp-oidc"])["secretName"] == "mlflow-login"
    assert {one.name for one in seen.seen if "cidrIpv4" in one.inputs} == {"entry-from-10.0.0.0/8", "entry-to-login"}


def test_no_rule_is_written_in_a_group() -> None:
    """pulumi/pulumi-eks#69: rules in a group remove those that are resources."""
    (group,) = declared(lambda: Entry("entry", on_aws())).of("aws:ec2/securityGroup:SecurityGroup")
    assert "ingress" not in group.inputs
    assert "egress" not in group.inputs


def test_hosts_have_records_where_a_zone_is_named() -> None:
    args = on_aws()
    args["aws"] = {**aws(), "zone_id": "Z1"}
    seen = declared(lambda: Entry("entry", args))
    names = {one.inputs["name"] for one in seen.of("aws:route53/record:Record")}
    assert names == {"models.example.org", "mlflow.example.org"}


def test_a_kubernetes_of_ones_own_has_an_ingress_with_tls() -> None:
    args = on_cluster()
    args["cluster"] = {"ingress_class": "nginx", "tls_secret": "entry-tls", "issuer": "letsencrypt"}
    seen = declared(lambda: Entry("entry", args))
    assert set(seen.kinds().values()) == {"aifactory:entry:Entry", "kubernetes:networking.k8s.io/v1:Ingress"}
    spec = cast("dict[str, object]", seen.inputs()["entry-gateway"]["spec"])
    assert spec["ingressClassName"] == "nginx"
    assert spec["tls"] == [{"hosts": ["models.example.org"], "secretName": "entry-tls"}]
    metadata = cast("dict[str, object]", seen.inputs()["entry-gateway"]["metadata"])
    assert metadata["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}


def test_urls_and_address() -> None:
    found: list[object] = []

    def program() -> None:
        entry = Entry("entry", on_aws())
        found.append(entry.urls)
        pulumi.Output.from_input(entry.address).apply(found.append)

    declared(program)
    assert found[0] == {"gateway": "https://models.example.org", "mlflow": "https://mlflow.example.org"}


def changed_service(**values: object) -> Callable[[], EntryArgs]:
    def change() -> EntryArgs:
        args = on_aws()
        args["services"] = {"gateway": cast("EntryServiceArgs", {**gateway(), **values})}
        return args

    return change


def changed_aws(**values: object) -> Callable[[], EntryArgs]:
    def change() -> EntryArgs:
        args = on_aws()
        args["aws"] = cast("AwsEntryArgs", {**aws(), **values})
        return args

    return change


REFUSED: list[tuple[Callable[[], EntryArgs], str, object, str, str]] = [
    (changed_aws(inbound=["0.0.0.0/0"]), "aws.inbound[0]", "0.0.0.0/0", "internal entry", "scheme to public"),
    (changed_aws(inbound=["0.0.0.0/1"]), "aws.inbound[0]", "0.0.0.0/1", "internal entry", "scheme to public"),
    (changed_aws(inbound=["203.0.113.0/24"]), "aws.inbound[0]", "203.0.113.0/24", "private addresses", "public"),
    (changed_aws(inbound=["10.0.0.1/8"]), "aws.inbound[0]", "10.0.0.1/8", "IPv4 blocks", "10.0.0.0/8"),
    (changed_aws(inbound=[]), "aws.inbound", "", "says who may ask", "10.0.0.0/8"),
    (changed_aws(scheme="internet-facing"), "aws.scheme", "internet-facing", "internal, or public", "set internal"),
    (changed_aws(idle_seconds=4001), "aws.idle_seconds", 4001, "1 to 4000", "set 300"),
    (
        changed_aws(ssl_policy="ELBSecurityPolicy-2016-08"),
        "aws.ssl_policy",
        "ELBSecurityPolicy-2016-08",
        "TLS 1.2 or newer",
        SSL_POLICY,
    ),
    (
        changed_aws(certificate_arn=CERTIFICATE.replace("us-east-1", "eu-west-1")),
        "aws.certificate_arn",
        CERTIFICATE.replace("us-east-1", "eu-west-1"),
        "ACM in us-east-1",
        "acm list-certificates",
    ),
    (changed_service(host="models"), "services.gateway.host", "models", "full name", "models.example.org"),
    (changed_service(host="*.example.org"), "services.gateway.host", "*.example.org", "wildcard", "models"),
    (changed_service(port=0), "services.gateway.port", 0, "1 to 65535", "8000"),
    (changed_service(target_port=70000), "services.gateway.target_port", 70000, "1 to 65535", "8000"),
    (changed_service(health_path="health"), "services.gateway.health_path", "health", "begins with /", "/health"),
    (changed_service(login="none"), "services.gateway.login", "none", "signs in", "set own"),
    (
        changed_service(login={**OIDC, "token_endpoint": "http://login.example.org"}),
        "services.gateway.login.token_endpoint",
        "http://login.example.org",
        "by https",
        "openid-configuration",
    ),
]


@pytest.mark.parametrize(("change", "path", "value", "rule", "remedy"), REFUSED)
def test_what_an_entry_refuses(
    change: Callable[[], EntryArgs], path: str, value: object, rule: str, remedy: str
) -> None:
    found = violations(change())[path]
    assert found.value == value
    assert rule in found.rule
    assert remedy in found.remedy


def test_the_internet_is_let_in_only_where_that_is_said() -> None:
    args = on_aws()
    args["aws"] = {**aws(), "inbound": ["0.0.0.0/0"], "scheme": "public"}
    assert EntrySpec.parse(args).scheme == "internet-facing"


def test_a_cluster_of_ones_own_cannot_have_people_sign_in() -> None:
    args = on_cluster()
    args["services"] = {"mlflow": mlflow()}
    found = violations(args)["services.mlflow.login"]
    assert "no login of its own" in found.rule
    assert "port-forward" in found.remedy


def test_two_ways_none_and_two_services_of_one_host_are_refused() -> None:
    args = on_aws()
    args["cluster"] = {"ingress_class": "No Class", "tls_secret": "tls"}
    args["services"] = {"gateway": gateway(), "other": gateway(), "Bad_Name": mlflow()}
    found = violations(args)
    assert set(found) == {"aws", "cluster.ingress_class", "services.other.host", "services.Bad_Name"}
    assert found["aws"].value == "aws and cluster"
    assert "gateway has this one" in found["services.other.host"].rule
    assert set(violations({"namespace": "factory", "services": {}})) == {"aws", "services"}


def test_regions_of_other_partitions_have_their_own_certificates() -> None:
    args = on_aws()
    arn = "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1"
    args["aws"] = {**aws(), "region": "us-gov-west-1", "certificate_arn": arn}
    assert EntrySpec.parse(args)


@pytest.mark.parametrize(
    "policy", ["ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", SSL_POLICY]
)
def test_modern_policies_of_tls(policy: str) -> None:
    args = on_aws()
    args["aws"] = {**aws(), "ssl_policy": policy}
    assert EntrySpec.parse(args).ssl_policy == policy


@given(st.lists(st.integers(1, 65535), min_size=1, max_size=5))
def test_nodes_admit_each_port_once(ports: list[int]) -> None:
    args = on_aws()
    args["services"] = {
        f"s{index}": {**gateway(), "host": f"s{index}.example.org", "port": port} for index, port in enumerate(ports)
    }
    assert EntrySpec.parse(args).target_ports == tuple(sorted(set(ports)))
