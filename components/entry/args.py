"""What an entry is made from."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi


class OidcArgs(TypedDict):
    """The identity provider at which the load balancer has people sign in."""

    issuer: str
    """URL of the provider, e.g. `https://login.example.org`. Plain, as the next three are: they are judged."""
    authorization_endpoint: str
    """URL at which a user signs in."""
    token_endpoint: str
    """URL at which the load balancer gets tokens."""
    user_info_endpoint: str
    """URL that says who a user is."""
    secret_name: pulumi.Input[str]
    """Secret of the namespace with the keys `clientID` and `clientSecret` (AWS Load Balancer Controller, "auth-idp-oidc")."""


class EntryServiceArgs(TypedDict):
    """A Service that the entry leads to."""

    service: pulumi.Input[str]
    """Name of the Service in the entry's namespace; of type ClusterIP."""
    host: str
    """The name by which callers ask for it, e.g. `models.example.org`: one that the certificate has."""
    port: int
    """Port of the Service."""
    target_port: NotRequired[int]
    """Port of its pods, which the load balancer asks; `port` where absent."""
    health_path: str
    """Path that answers 200 when a pod can serve, e.g. `/health`."""
    login: Literal["own"] | OidcArgs
    """`own`: the program refuses whoever brings no key of its own, as the gateway does. MLflow asks nobody, so it stands
    behind the load balancer's own login or behind no entry at all."""


class AwsEntryArgs(TypedDict):
    """A load balancer of AWS, made by the AWS Load Balancer Controller in the cluster."""

    region: str
    """Where the certificate and the load balancer are."""
    vpc_id: pulumi.Input[str]
    """The VPC of the load balancer."""
    node_security_group_id: pulumi.Input[str]
    """Group of the nodes: it admits the load balancer, and nothing else from outside. Its own rules are resources, none is
    written in the group itself, which would remove this one."""
    certificate_arn: pulumi.Input[str]
    """Certificate in ACM for every host."""
    inbound: Sequence[str]
    """CIDRs that may ask, e.g. `10.0.0.0/8`. Plain: policies judge them."""
    scheme: NotRequired[Literal["internal", "public"]]
    """`internal` where absent: reached from inside of the VPC and of what is connected to it."""
    ssl_policy: NotRequired[str]
    """Protocols and ciphers; `ELBSecurityPolicy-TLS13-1-2-2021-06` where absent."""
    idle_seconds: NotRequired[int]
    """How long a connection may be silent, 1 to 4000 (elbv2 API, `idle_timeout.timeout_seconds`); 300 where absent: the first
    token of a long prompt may take longer than AWS's 60."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete it; False where absent: the controller deletes it with the last Ingress, and a destroy
    would wait for it in vain."""
    zone_id: NotRequired[pulumi.Input[str]]
    """Hosted zone of Route 53 in which each host gets its record; none are made where absent."""


class ClusterEntryArgs(TypedDict):
    """An Ingress of a Kubernetes that has a controller of its own."""

    ingress_class: str
    """Name of the IngressClass, e.g. `nginx`."""
    tls_secret: pulumi.Input[str]
    """Secret of type kubernetes.io/tls in the namespace, for every host."""
    issuer: NotRequired[str]
    """ClusterIssuer of cert-manager that fills the Secret; it exists already where absent."""


class EntryArgs(TypedDict):
    """What an entry is made from."""

    namespace: pulumi.Input[str]
    """The namespace of the services."""
    services: dict[str, EntryServiceArgs]
    """By a name of the entry's own, e.g. `gateway`."""
    aws: NotRequired[AwsEntryArgs]
    """Exactly one of this and `cluster` is given."""
    cluster: NotRequired[ClusterEntryArgs]
    """An Ingress of the cluster's own controller. Exactly one of this and `aws` is given."""
