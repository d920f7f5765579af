"""Cases of the pack network."""

from policies.types import (
    AWS_PROVIDER,
    DEFAULT_GROUP,
    EGRESS_RULE,
    FLOW_LOG,
    GROUP_RULE,
    INGRESS_RULE,
    K8S_INGRESS,
    K8S_NETWORK_POLICY,
    K8S_SERVICE,
    NETWORK,
    SECURITY_GROUP,
    SUBNET,
    VAULT,
    VPC,
    VPC_ENDPOINT,
)
from tests.policies.case import DELETED, EMPTY, Case, policy_of

SSL_POLICY = "alb.ingress.kubernetes.io/ssl-policy"
ATTRIBUTES = "alb.ingress.kubernetes.io/load-balancer-attributes"
STRICT = {
    SSL_POLICY: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    ATTRIBUTES: "routing.http.drop_invalid_header_fields.enabled=true",
}

CASES: tuple[Case, ...] = (
    Case(
        rule="vpc-group-no-world-ingress",
        kind=INGRESS_RULE,
        good={"cidrIpv4": "10.0.0.0/8", "ipProtocol": "tcp"},
        bad=(
            ("cidrIpv4", "0.0.0.0/0"),
            ("cidrIpv6", "::/0"),
        ),
        unknown=("cidrIpv4",),
    ),
    Case(
        rule="vpc-group-no-world-ingress",
        kind=SECURITY_GROUP,
        good={"ingress": [{"cidrBlocks": ["10.0.0.0/8"]}]},
        bad=(("ingress.0.cidrBlocks", ["0.0.0.0/0"]),),
        unknown=(
            "ingress",
            "ingress.0.cidrBlocks",
        ),
    ),
    Case(
        rule="vpc-group-no-world-ingress",
        kind=GROUP_RULE,
        good={"type": "ingress", "cidrBlocks": ["10.0.0.0/8"]},
        bad=(("ipv6CidrBlocks", ["::/0"]),),
        unknown=("cidrBlocks",),
    ),
    Case(
        rule="vpc-group-no-world-egress",
        kind=EGRESS_RULE,
        good={"cidrIpv4": "10.0.0.0/8"},
        bad=(("cidrIpv4", "0.0.0.0/0"),),
        unknown=("cidrIpv4",),
    ),
    Case(
        rule="vpc-group-no-world-egress",
        kind=SECURITY_GROUP,
        good={"egress": [{"cidrBlocks": ["10.0.0.0/8"]}]},
        bad=(("egress.0.cidrBlocks", ["0.0.0.0/0"]),),
        unknown=("egress",),
    ),
    Case(
        rule="vpc-group-no-world-egress",
        kind=GROUP_RULE,
        good={"type": "egress", "cidrBlocks": ["10.0.0.0/8"]},
        bad=(("cidrBlocks", ["0.0.0.0/0"]),),
        unknown=("cidrBlocks",),
    ),
    Case(
        rule="vpc-default-group-closed",
        kind=DEFAULT_GROUP,
        good={"vpcId": "vpc-1", "ingress": [], "egress": []},
        bad=(
            ("ingress", [{"protocol": "-1", "self": True}]),
            ("egress", [{"cidrBlocks": ["0.0.0.0/0"]}]),
        ),
        unknown=(
            "ingress",
            "egress",
        ),
    ),
    Case(
        rule="vpc-flow-log-all",
        kind=FLOW_LOG,
        good={"trafficType": "ALL"},
        bad=(
            ("trafficType", "REJECT"),
            ("trafficType", DELETED),
        ),
        unknown=("trafficType",),
    ),
    Case(
        rule="vpc-dns-enabled",
        kind=VPC,
        good={"enableDnsSupport": True, "enableDnsHostnames": True},
        bad=(
            ("enableDnsHostnames", False),
            ("enableDnsSupport", False),
        ),
        unknown=("enableDnsHostnames",),
    ),
    Case(
        rule="vpc-subnet-no-public-address",
        kind=SUBNET,
        good={"cidrBlock": "10.0.0.0/24"},
        bad=(("mapPublicIpOnLaunch", True),),
        unknown=("mapPublicIpOnLaunch",),
    ),
    Case(
        rule="vpc-endpoint-private-dns",
        kind=VPC_ENDPOINT,
        good={
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "serviceName": "com.amazonaws.us-east-1.ecr.api",
            "policy": "{}",
        },
        bad=(
            ("privateDnsEnabled", False),
            ("privateDnsEnabled", DELETED),
        ),
        unknown=("privateDnsEnabled",),
    ),
    Case(
        rule="vpc-endpoint-bounded",
        kind=VPC_ENDPOINT,
        good={
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "serviceName": "com.amazonaws.us-east-1.ecr.api",
            "policy": "{}",
        },
        bad=(
            ("policy", DELETED),
            ("policy", policy_of({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})),
        ),
        unknown=("policy",),
    ),
    Case(
        rule="network-endpoints-present",
        kind=NETWORK,
        good={"cidr": "10.0.0.0/16", "zones": ["a", "b"], "nat": "zone", "endpoints": ["ecr.api", "ecr.dkr"]},
        bad=(
            ("endpoints", ["ecr.api"]),
            ("endpoints", DELETED),
        ),
        unknown=("endpoints",),
    ),
    Case(
        rule="network-nat-per-zone",
        kind=NETWORK,
        good={"cidr": "10.0.0.0/16", "zones": ["a", "b"], "nat": "zone", "endpoints": ["ecr.api", "ecr.dkr"]},
        bad=(("nat", "one"),),
        unknown=("nat",),
    ),
    Case(
        rule="network-zones",
        kind=NETWORK,
        good={"cidr": "10.0.0.0/16", "zones": ["a", "b"], "nat": "zone", "endpoints": ["ecr.api", "ecr.dkr"]},
        bad=(
            ("zones", ["a"]),
            ("zones", []),
        ),
        unknown=("zones",),
    ),
    Case(
        rule="k8s-service-not-exposed",
        kind=K8S_SERVICE,
        good={"metadata": {"name": "s"}, "spec": {"type": "ClusterIP", "ports": [{"port": 80}]}},
        bad=(
            ("spec.type", "NodePort"),
            ("spec.type", "LoadBalancer"),
            ("spec.externalIPs", ["192.0.2.1"]),
        ),
        unknown=("spec",),
    ),
    Case(
        rule="k8s-service-no-world-source",
        kind=K8S_SERVICE,
        good={"spec": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["198.51.100.0/24"]}},
        bad=(("spec.loadBalancerSourceRanges", ["0.0.0.0/0"]),),
        unknown=("spec.loadBalancerSourceRanges",),
    ),
    Case(
        rule="k8s-ingress-tls",
        kind=K8S_INGRESS,
        good={
            "metadata": {
                "annotations": {
                    "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:x",
                    "alb.ingress.kubernetes.io/listen-ports": '[{"HTTPS": 443}]',
                }
            }
        },
        bad=(
            ("metadata.annotations", EMPTY),
            (
                "metadata.annotations",
                {
                    "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:x",
                    "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}]',
                },
            ),
        ),
        unknown=("metadata.annotations",),
    ),
    Case(
        rule="k8s-ingress-tls",
        kind=K8S_INGRESS,
        good={"spec": {"tls": [{"hosts": ["a"], "secretName": "t"}]}},
        bad=(
            ("spec.tls", []),
            ("spec.tls", DELETED),
        ),
        unknown=(
            "spec",
            "spec.tls",
        ),
    ),
    Case(
        rule="k8s-network-policy-not-open",
        kind=K8S_NETWORK_POLICY,
        good={
            "metadata": {"name": "n", "namespace": "factory"},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "x"}}}]}],
            },
        },
        bad=(
            ("spec.ingress", [EMPTY]),
            ("spec.ingress.0.from", [{"ipBlock": {"cidr": "0.0.0.0/0"}}]),
        ),
        unknown=(
            "spec",
            "spec.ingress.0.from",
        ),
    ),
    Case(
        rule="stack-residency-region",
        kind=AWS_PROVIDER,
        good={"region": "eu-central-1"},
        bad=(
            ("region", "us-east-1"),
            ("region", DELETED),
        ),
        unknown=("region",),
        config={"regions": ["eu-central-1", "eu-west-1"]},
    ),
    Case(
        rule="storage-endpoint-tls",
        kind=VAULT,
        good={"endpoint": "https://store.example.org"},
        bad=(("endpoint", "http://store.example.org:9000"),),
        unknown=("endpoint",),
    ),
    Case(
        rule="storage-endpoint-allowed",
        kind=VAULT,
        good={"endpoint": "https://store.example.org"},
        bad=(("endpoint", "https://store.example.net"),),
        unknown=("endpoint",),
        config={"hosts": ["store.example.org"]},
    ),
    Case(
        rule="k8s-ingress-host-named",
        kind=K8S_INGRESS,
        good={"spec": {"rules": [{"host": "models.example.org"}]}},
        bad=(
            ("spec.rules", [{"http": {"paths": [{"path": "/"}]}}]),
            ("spec.rules", [{"host": "*.example.org"}]),
            ("spec.defaultBackend", {"service": {"name": "gateway"}}),
        ),
        unknown=(
            "spec.rules",
            "spec.rules.0.host",
            "spec.defaultBackend",
        ),
    ),
    Case(
        rule="k8s-ingress-no-snippet",
        kind=K8S_INGRESS,
        good={"metadata": {"annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "8m"}}},
        bad=(
            ("metadata.annotations", {"nginx.ingress.kubernetes.io/server-snippet": "return 200;"}),
            ("metadata.annotations", {"nginx.ingress.kubernetes.io/configuration-snippet": "alias /;"}),
        ),
        unknown=("metadata.annotations",),
    ),
    Case(
        rule="k8s-ingress-balancer-strict",
        kind=K8S_INGRESS,
        good={"spec": {"ingressClassName": "alb"}, "metadata": {"annotations": STRICT}},
        bad=(
            ("metadata.annotations", EMPTY),
            ("metadata.annotations", {**STRICT, SSL_POLICY: "ELBSecurityPolicy-2016-08"}),
            ("metadata.annotations", {**STRICT, ATTRIBUTES: "idle_timeout.timeout_seconds=60"}),
            (
                "metadata.annotations",
                {**STRICT, ATTRIBUTES: f"{STRICT[ATTRIBUTES]},routing.http.desync_mitigation_mode=monitor"},
            ),
        ),
        unknown=(
            "metadata.annotations",
            "spec.ingressClassName",
        ),
    ),
)
