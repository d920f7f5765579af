"""The rules of an entry, and what its controller is told."""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from components.entry.args import AwsEntryArgs, ClusterEntryArgs, EntryArgs, EntryServiceArgs, OidcArgs
from components.network.spec import RANGES
from components.partition import partition_of
from components.violations import Violations

HTTPS = 443
SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# Application Load Balancers guide, "Security policies": those whose oldest protocol is TLS 1.2, without the sets
# of ciphers named `Ext`; the default of the API, ELBSecurityPolicy-2016-08, still speaks TLS 1.0.
MODERN = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23](-Res)?(-FIPS)?(-PQ)?-20\d\d-\d\d|FS-1-2-Res-20\d\d-\d\d)")
IDLE_SECONDS = 300
PREFIX = "alb.ingress.kubernetes.io"
# Kubernetes, "Object names and IDs", "DNS subdomain names".
CLASS = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
# RFC 1123 and RFC 1035: labels of at most 63 characters, 253 in all, and more than one of them.
HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "user_info_endpoint")


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryService:
    """One Service behind the entry."""

    name: str
    host: str
    port: int
    target_port: int
    health_path: str
    oidc: OidcArgs | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EntrySpec:
    """A load balancer with TLS before some Services."""

    services: tuple[EntryService, ...]
    inbound: tuple[str, ...]
    """Empty on a Kubernetes of one's own: there its controller decides."""
    scheme: str
    """As AWS names it: `internal` or `internet-facing`; "" on a Kubernetes of one's own."""
    ssl_policy: str
    idle_seconds: int
    deletion_protection: bool

    @classmethod
    def parse(cls, args: EntryArgs) -> Self:
        """Raises SpecError with every violation of hosts, ports, addresses, certificate and TLS."""
        violations = Violations("Entry")
        aws, cluster = args.get("aws"), args.get("cluster")
        given = [name for name, value in (("aws", aws), ("cluster", cluster)) if value is not None]
        violations.unless(
            len(given) == 1,
            "aws",
            " and ".join(given),
            "an entry is a load balancer of AWS or an Ingress of the cluster's own controller",
            "give exactly one of aws and cluster",
        )
        _check_services(violations, args["services"], on_aws=aws is not None)
        if aws is not None:
            _check_aws(violations, aws)
        if cluster is not None:
            _check_cluster(violations, cluster)
        violations.raise_if_any()
        return cls(
            services=tuple(_service(name, one) for name, one in args["services"].items()),
            inbound=tuple(aws["inbound"]) if aws else (),
            scheme="" if not aws else "internet-facing" if aws.get("scheme") == "public" else "internal",
            ssl_policy=aws.get("ssl_policy", SSL_POLICY) if aws else "",
            idle_seconds=aws.get("idle_seconds", IDLE_SECONDS) if aws else 0,
            deletion_protection=aws.get("deletion_protection", False) if aws else False,
        )

    @property
    def target_ports(self) -> tuple[int, ...]:
        """Ports of pods that the load balancer reaches, each once."""
        return tuple(sorted({service.target_port for service in self.services}))

    def annotations(self, group: str, service: EntryService) -> dict[str, str]:
        """What the AWS Load Balancer Controller reads of a service's Ingress (its guide, "Ingress annotations").

        Each service has an Ingress, as its health path and login are its own; all of them are one group, and one load balancer.
        """
        told = {
            "group.name": group,
            "scheme": self.scheme,
            # Pods are asked at their own addresses: no port of a node is open for it.
            "target-type": "ip",
            "listen-ports": json.dumps([{"HTTPS": HTTPS}]),
            "ssl-policy": self.ssl_policy,
            "backend-protocol": "HTTP",
            "healthcheck-path": service.health_path,
            "success-codes": "200",
            "load-balancer-attributes": ",".join(
                (
                    f"idle_timeout.timeout_seconds={self.idle_seconds}",
                    f"deletion_protection.enabled={str(self.deletion_protection).lower()}",
                    # A header that a proxy and a program read differently smuggles a request past the first.
                    "routing.http.drop_invalid_header_fields.enabled=true",
                    "routing.http.desync_mitigation_mode=strictest",
                )
            ),
            # The groups are given, so that what may ask is seen in a preview; the controller makes no rule of its own.
            "manage-backend-security-group-rules": "false",
        }
        if service.oidc:
            told["auth-type"] = "oidc"
            told["auth-on-unauthenticated-request"] = "authenticate"
        return {f"{PREFIX}/{name}": value for name, value in told.items()}


def identity_provider(oidc: OidcArgs, secret: str) -> str:
    """The annotation `auth-idp-oidc`."""
    return json.dumps(
        {
            "issuer": oidc["issuer"],
            "authorizationEndpoint": oidc["authorization_endpoint"],
            "tokenEndpoint": oidc["token_endpoint"],
            "userInfoEndpoint": oidc["user_info_endpoint"],
            "secretName": secret,
        }
    )


def _service(name: str, args: EntryServiceArgs) -> EntryService:
    login = args["login"]
    return EntryService(
        name=name,
        host=args["host"],
        port=args["port"],
        target_port=args.get("target_port", args["port"]),
        health_path=args["health_path"],
        oidc=None if login == "own" else login,
    )


def _check_services(violations: Violations, services: Mapping[str, EntryServiceArgs], *, on_aws: bool) -> None:
    violations.unless(bool(services), "services", "", "an entry leads to one service or more", "name the gateway")
    hosts: dict[str, str] = {}
    for name, one in services.items():
        path = f"services.{name}"
        violations.unless(
            NAME.fullmatch(name) is not None,
            path,
            name,
            "a service's name has at most 32 of a-z, 0-9 and '-', for an Ingress is named by it",
            "e.g. gateway",
        )
        host = one["host"]
        violations.unless(
            HOST.fullmatch(host) is not None,
            f"{path}.host",
            host,
            "a host is a full name in lower case, without scheme, port or wildcard",
            "e.g. models.example.org",
        )
        violations.unless(
            host not in hosts,
            f"{path}.host",
            host,
            f"each service has a host of its own, and {hosts.get(host, '')} has this one",
            "give each its own name below one domain",
        )
        hosts.setdefault(host, name)
        for key, port in (("port", one["port"]), ("target_port", one.get("target_port", one["port"]))):
            violations.unless(
                type(port) is int and 0 < port < 65536,
                f"{path}.{key}",
                port,
                "a port is a whole number from 1 to 65535",
                "that of the Service, e.g. 8000",
            )
        # elbv2 API, CreateTargetGroup, HealthCheckPath: at most 1024 characters.
        violations.unless(
            re.fullmatch(r"/[!-~]{0,1023}", one["health_path"]) is not None,
            f"{path}.health_path",
            one["health_path"],
            "a health path begins with / and has at most 1024 characters without spaces",
            "e.g. /health",
        )
        _check_login(violations, path, one["login"], on_aws=on_aws)


def _check_login(violations: Violations, path: str, login: Literal["own"] | OidcArgs, *, on_aws: bool) -> None:
    if isinstance(login, str):
        violations.unless(
            login == "own",
            f"{path}.login",
            login,
            "whoever comes through the entry signs in: at the program itself, or at the load balancer",
            "set own where the program asks for keys, else name an identity provider",
        )
        return
    violations.unless(
        on_aws,
        f"{path}.login",
        login["issuer"],
        "an Ingress of Kubernetes has no login of its own",
        "reach the service by `kubectl port-forward`, or put a proxy with a login before it and set own",
    )
    urls = (login["issuer"], login["authorization_endpoint"], login["token_endpoint"], login["user_info_endpoint"])
    for key, value in zip(ENDPOINTS, urls, strict=True):
        violations.unless(
            re.fullmatch(r"https://[^\s/@]+(/\S*)?", value) is not None,
            f"{path}.login.{key}",
            value,
            "an identity provider is reached by https, at an address without credentials",
            "read it in the provider's /.well-known/openid-configuration",
        )


def _check_aws(violations: Violations, aws: AwsEntryArgs) -> None:
    scheme = aws.get("scheme", "internal")
    violations.unless(
        scheme in ("internal", "public"),
        "aws.scheme",
        scheme,
        "an entry is internal, or public where that is said",
        "set internal or public",
    )
    violations.unless(
        bool(aws["inbound"]),
        "aws.inbound",
        "",
        "an entry says who may ask",
        "e.g. 10.0.0.0/8, or the office's addresses",
    )
    for index, cidr in enumerate(aws["inbound"]):
        _check_inbound(violations, f"aws.inbound[{index}]", cidr, scheme)
    arn = aws["certificate_arn"]
    if isinstance(arn, str):
        partition = partition_of(aws["region"])
        violations.unless(
            re.fullmatch(rf"arn:{partition}:acm:{re.escape(aws['region'])}:[0-9]{{12}}:certificate/[\w-]+", arn)
            is not None,
            "aws.certificate_arn",
            arn,
            f"the certificate is one of ACM in {aws['region']}, as the load balancer is",
            f"aws acm list-certificates --region {aws['region']}",
        )
    policy = aws.get("ssl_policy", SSL_POLICY)
    violations.unless(
        MODERN.fullmatch(policy) is not None,
        "aws.ssl_policy",
        policy,
        "an entry speaks TLS 1.2 or newer, with ciphers that have forward secrecy",
        f"set {SSL_POLICY}",
    )
    idle = aws.get("idle_seconds", IDLE_SECONDS)
    violations.unless(
        type(idle) is int and 1 <= idle <= 4000,
        "aws.idle_seconds",
        idle,
        "a load balancer keeps a silent connection for 1 to 4000 seconds",
        f"set {IDLE_SECONDS}",
    )


def _check_inbound(violations: Violations, path: str, cidr: str, scheme: str) -> None:
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        violations.unless(False, path, cidr, f"who may ask is named by IPv4 blocks ({error})", "e.g. 10.0.0.0/8")
        return
    # Two halves of the internet are the internet.
    violations.unless(
        scheme == "public" or any(block.subnet_of(private) for private in RANGES),
        path,
        cidr,
        "an internal entry is asked from private addresses; whoever opens it to others says so",
        "name private blocks, or set aws.scheme to public",
    )


def _check_cluster(violations: Violations, cluster: ClusterEntryArgs) -> None:
    violations.unless(
        CLASS.fullmatch(cluster["ingress_class"]) is not None,
        "cluster.ingress_class",
        cluster["ingress_class"],
        "an IngressClass is named by a-z, 0-9, '-' and '.'",
        "kubectl get ingressclass",
    )
