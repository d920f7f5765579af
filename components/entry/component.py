"""The door of a factory."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, route53, vpc
from pulumi_kubernetes import meta, networking

from components.entry.args import AwsEntryArgs, EntryArgs
from components.entry.spec import HTTPS, PREFIX, EntryService, EntrySpec, identity_provider


@dataclass(frozen=True, slots=True)
class Groups:
    """Who may ask the load balancer, and whom it asks."""

    balancer: ec2.SecurityGroup
    rules: list[pulumi.Resource]


class Entry(pulumi.ComponentResource):
    """A load balancer with TLS before the gateway and what else people ask: internal by default, open to named addresses.

    On AWS the AWS Load Balancer Controller makes it, from the Ingresses that are declared here; the groups that say who may ask
    are declared here too, so that a preview shows them. On another Kubernetes it is an Ingress of that cluster's controller.
    Both providers are taken from the component's own options. Raises SpecError with every violation.

    `opts` names the controller in `depends_on`: it has to outlive the Ingresses, whose load balancer only it deletes.
    """

    address: pulumi.Output[str]
    """Where the hosts' records point: the name or the address of the load balancer; known when it stands."""
    urls: dict[str, str]
    """Where each service is asked, by its name."""

    def __init__(self, name: str, args: EntryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = EntrySpec.parse(args)
        super().__init__(
            "aifactory:entry:Entry",
            name,
            {
                "hosts": [service.host for service in spec.services],
                "scheme": spec.scheme,
                "inbound": list(spec.inbound),
                "sslPolicy": spec.ssl_policy,
            },
            opts,
        )
        aws = args.get("aws")
        groups = self._groups(name, spec, aws) if aws else None
        ingresses = {service.name: self._ingress(name, spec, service, args, groups) for service in spec.services}
        self.address = next(iter(ingresses.values())).status.apply(_address)
        self.urls = {service.name: f"https://{service.host}" for service in spec.services}
        zone = aws.get("zone_id") if aws else None
        for service in spec.services if zone is not None else ():
            route53.Record(
                f"{name}-{service.name}",
                zone_id=zone,
                name=service.host,
                type="CNAME",
                ttl=60,
                records=[self.address],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"address": self.address, "urls": self.urls})

    def _groups(self, name: str, spec: EntrySpec, aws: AwsEntryArgs) -> Groups:
        """The load balancer's group and its rules, each a resource of its own."""
        group = ec2.SecurityGroup(
            f"{name}-balancer",
            description="Load balancer of the factory",
            vpc_id=aws["vpc_id"],
            tags={"Name": f"{name}-balancer"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        rules: list[pulumi.Resource] = [
            vpc.SecurityGroupIngressRule(
                f"{name}-from-{cidr}",
                security_group_id=group.id,
                description="Who may ask",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=cidr,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for cidr in spec.inbound
        ]
        nodes = aws["node_security_group_id"]
        for port in spec.target_ports:
            rules.append(
                vpc.SecurityGroupEgressRule(
                    f"{name}-to-pods-{port}",
                    security_group_id=group.id,
                    description="Pods behind the load balancer",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    referenced_security_group_id=nodes,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
            rules.append(
                vpc.SecurityGroupIngressRule(
                    f"{name}-pods-{port}",
                    security_group_id=nodes,
                    description="The factory's load balancer",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    referenced_security_group_id=group.id,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        if any(service.oidc for service in spec.services):
            # The load balancer itself asks the identity provider who signs in.
            rules.append(
                vpc.SecurityGroupEgressRule(
                    f"{name}-to-login",
                    security_group_id=group.id,
                    description="The identity provider",
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    cidr_ipv4="0.0.0.0/0",
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        return Groups(group, rules)

    def _ingress(
        self,
        name: str,
        spec: EntrySpec,
        service: EntryService,
        args: EntryArgs,
        groups: Groups | None,
    ) -> networking.v1.Ingress:
        aws, cluster = args.get("aws"), args.get("cluster")
        annotations: dict[str, pulumi.Input[str]] = {}
        if aws and groups:
            annotations = {
                **spec.annotations(name, service),
                f"{PREFIX}/certificate-arn": aws["certificate_arn"],
                f"{PREFIX}/security-groups": groups.balancer.id,
            }
            if service.oidc:
                oidc = service.oidc
                annotations[f"{PREFIX}/auth-idp-oidc"] = pulumi.Output.from_input(oidc["secret_name"]).apply(
                    lambda secret: identity_provider(oidc, secret)
                )
        issuer = cluster.get("issuer", "") if cluster else ""
        if issuer:
            annotations["cert-manager.io/cluster-issuer"] = issuer
        return networking.v1.Ingress(
            f"{name}-{service.name}",
            metadata=meta.v1.ObjectMetaArgs(
                name=f"{name}-{service.name}", namespace=args["namespace"], annotations=annotations or None
            ),
            spec=networking.v1.IngressSpecArgs(
                ingress_class_name=cluster["ingress_class"] if cluster else "alb",
                # On AWS the certificate is the load balancer's: no key of it is in the cluster.
                tls=[networking.v1.IngressTLSArgs(hosts=[service.host], secret_name=cluster["tls_secret"])]
                if cluster
                else None,
                rules=[
                    networking.v1.IngressRuleArgs(
                        host=service.host,
                        http=networking.v1.HTTPIngressRuleValueArgs(
                            paths=[
                                networking.v1.HTTPIngressPathArgs(
                                    path="/",
                                    path_type="Prefix",
                                    backend=networking.v1.IngressBackendArgs(
                                        service=networking.v1.IngressServiceBackendArgs(
                                            name=args["services"][service.name]["service"],
                                            port=networking.v1.ServiceBackendPortArgs(number=service.port),
                                        )
                                    ),
                                )
                            ]
                        ),
                    )
                ],
            ),
            # Without the rules its targets are never healthy; and the groups go only when the load balancer is gone.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[groups.balancer, *groups.rules] if groups else []),
        )


def _address(status: "networking.v1.outputs.IngressStatus | None") -> str:
    """The first name or address that the controller wrote; "" where it wrote none."""
    found = (status.load_balancer.ingress if status and status.load_balancer else None) or []
    return (found[0].hostname or found[0].ip or "") if found else ""
