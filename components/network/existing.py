"""A network that nobody here made."""

import pulumi

from components.network.args import ExistingNetworkArgs
from components.network.node_security import node_security
from components.network.spec import ExistingNetworkSpec


class ExistingNetwork(pulumi.ComponentResource):
    """A VPC and subnets that exist already, and the group in which nodes talk to each other, made where none is given.

    Of the subnets' routes, endpoints, tags and flow logs nothing is declared: they are their owner's.
    Raises SpecError with every violation of its zones and ids.
    """

    vpc_id: pulumi.Output[str]
    zones: list[str]
    """Those of the private subnets, in order."""
    private_subnet_ids: list[pulumi.Output[str]]
    """In the order of the zones."""
    public_subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Output[str]
    routes: list[pulumi.Resource]
    """The rules of the group that was made; empty where one was given."""

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ExistingNetworkSpec.parse(args)
        private, public = args["private_subnet_ids"], args.get("public_subnet_ids", {})
        given = args.get("security_group_id")
        super().__init__(
            "aifactory:network:ExistingNetwork",
            name,
            {"vpcId": args["vpc_id"], "privateSubnets": private, "publicSubnets": public, "group": given},
            opts,
        )
        self.vpc_id = pulumi.Output.from_input(args["vpc_id"])
        self.zones = list(spec.zones)
        self.private_subnet_ids = [pulumi.Output.from_input(private[zone]) for zone in spec.zones]
        self.public_subnet_ids = [pulumi.Output.from_input(public[zone]) for zone in spec.zones if zone in public]
        self.routes = []
        if given is None:
            made = node_security(name, self.vpc_id, self)
            self.security_group_id, self.routes = made.group_id, made.rules
        else:
            self.security_group_id = pulumi.Output.from_input(given)
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "zones": self.zones,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "security_group_id": self.security_group_id,
            }
        )
