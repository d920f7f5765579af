"""EC2: the network."""

from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.launch import TYPES as TEMPLATES
from lab.plugins.aws.table import AwsType, Client, specified, tag_map
from lab.plugins.aws.tagged import arn, first, retag, tags
from pulumi_plugin.server import PluginError

# VPC
# Attribute -> what EC2 does where it is absent (EC2 API reference, CreateVpc).
DNS: dict[str, bool] = {"enableDnsSupport": True, "enableDnsHostnames": False}


def _vpc_attributes(call: Client, identity: str, inputs: Values) -> None:
    for key, default in DNS.items():
        wanted = {key[0].upper() + key[1:]: {"Value": inputs.get(key, default)}}
        call("ec2", "modify_vpc_attribute", VpcId=identity, **wanted)


def _vpc_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_vpc",
        **specified(
            CidrBlock=inputs.get("cidrBlock"),
            InstanceTenancy=inputs.get("instanceTenancy"),
            TagSpecifications=tags("vpc", inputs),
        ),
    )
    identity = text(mapping(made.get("Vpc")).get("VpcId"))
    _vpc_attributes(call, identity, inputs)
    return identity


def _vpc_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = first(call, "describe_vpcs", "Vpcs", VpcIds=[identity])
    if found is None:
        return None
    state: Values = {
        "cidrBlock": found.get("CidrBlock"),
        "instanceTenancy": found.get("InstanceTenancy"),
        "tags": tag_map(found.get("Tags")),
        "arn": arn("vpc", found.get("OwnerId"), identity, call),
    }
    for key in DNS:
        answer = call("ec2", "describe_vpc_attribute", VpcId=identity, Attribute=key)
        state[key] = mapping(answer.get(key[0].upper() + key[1:])).get("Value")
    return state


def _vpc_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _vpc_attributes(call, identity, new)
    retag(call, identity, old, new)


# Internet gateway
def _gateway_create(call: Client, inputs: Values) -> str:
    made = call("ec2", "create_internet_gateway", **specified(TagSpecifications=tags("internet-gateway", inputs)))
    identity = text(mapping(made.get("InternetGateway")).get("InternetGatewayId"))
    if inputs.get("vpcId"):
        call("ec2", "attach_internet_gateway", InternetGatewayId=identity, VpcId=inputs.get("vpcId"))
    return identity


def _gateway_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = first(call, "describe_internet_gateways", "InternetGateways", InternetGatewayIds=[identity])
    return found and {
        "vpcId": next(iter(_attached(found)), ""),
        "tags": tag_map(found.get("Tags")),
        "arn": arn("internet-gateway", found.get("OwnerId"), identity, call),
    }


def _attached(gateway: Values) -> list[str]:
    return [text(mapping(item).get("VpcId")) for item in sequence(gateway.get("Attachments"))]


def _gateway_update(call: Client, identity: str, old: Values, new: Values) -> None:
    if old.get("vpcId") != new.get("vpcId"):
        _detach(call, identity)
        if new.get("vpcId"):
            call("ec2", "attach_internet_gateway", InternetGatewayId=identity, VpcId=new.get("vpcId"))
    retag(call, identity, old, new)


def _detach(call: Client, identity: str) -> None:
    """From whatever it is attached to: its creation may have ended before it was."""
    found = first(call, "describe_internet_gateways", "InternetGateways", InternetGatewayIds=[identity])
    for network in _attached(found or {}):
        call("ec2", "detach_internet_gateway", InternetGatewayId=identity, VpcId=network)


def _gateway_delete(call: Client, identity: str, inputs: Values) -> None:
    _detach(call, identity)
    call("ec2", "delete_internet_gateway", InternetGatewayId=identity)


# Subnet
def _subnet_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_subnet",
        **specified(
            VpcId=inputs.get("vpcId"),
            CidrBlock=inputs.get("cidrBlock"),
            AvailabilityZone=inputs.get("availabilityZone"),
            TagSpecifications=tags("subnet", inputs),
        ),
    )
    identity = text(mapping(made.get("Subnet")).get("SubnetId"))
    _subnet_attributes(call, identity, inputs)
    return identity


def _subnet_attributes(call: Client, identity: str, inputs: Values) -> None:
    public = {"Value": inputs.get("mapPublicIpOnLaunch") is True}
    call("ec2", "modify_subnet_attribute", SubnetId=identity, MapPublicIpOnLaunch=public)


def _subnet_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = first(call, "describe_subnets", "Subnets", SubnetIds=[identity])
    return found and {
        "vpcId": found.get("VpcId"),
        "cidrBlock": found.get("CidrBlock"),
        "availabilityZone": found.get("AvailabilityZone"),
        "mapPublicIpOnLaunch": found.get("MapPublicIpOnLaunch"),
        "tags": tag_map(found.get("Tags")),
        "arn": found.get("SubnetArn"),
    }


def _subnet_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _subnet_attributes(call, identity, new)
    retag(call, identity, old, new)


# Route table
def _table_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_route_table",
        **specified(VpcId=inputs.get("vpcId"), TagSpecifications=tags("route-table", inputs)),
    )
    identity = text(mapping(made.get("RouteTable")).get("RouteTableId"))
    _routes(call, identity, {}, inputs)
    return identity


def _routes(call: Client, identity: str, old: Values, new: Values) -> None:
    before, after = sequence(old.get("routes")), sequence(new.get("routes"))
    for item in before:
        if item not in after:
            block = mapping(item).get("cidrBlock")
            call("ec2", "delete_route", RouteTableId=identity, DestinationCidrBlock=block)
    for item in after:
        if item not in before:
            route = mapping(item)
            call(
                "ec2",
                "create_route",
                **specified(
                    RouteTableId=identity,
                    DestinationCidrBlock=route.get("cidrBlock"),
                    GatewayId=route.get("gatewayId"),
                    NatGatewayId=route.get("natGatewayId"),
                ),
            )


def _table_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = first(call, "describe_route_tables", "RouteTables", RouteTableIds=[identity])
    if found is None:
        return None
    live = [
        specified(
            cidrBlock=route.get("DestinationCidrBlock"),
            gatewayId=route.get("GatewayId"),
            natGatewayId=route.get("NatGatewayId"),
        )
        for route in map(mapping, sequence(found.get("Routes")))
        if route.get("GatewayId") != "local"
    ]
    declared = sequence(inputs.get("routes"))
    return {
        "vpcId": found.get("VpcId"),
        # Routes have no order.
        "routes": declared if sorted(map(str, live)) == sorted(map(str, map(mapping, declared))) else live,
        "tags": tag_map(found.get("Tags")),
        "arn": arn("route-table", found.get("OwnerId"), identity, call),
    }


def _table_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _routes(call, identity, old, new)
    retag(call, identity, old, new)


# Association
def _association_create(call: Client, inputs: Values) -> str:
    subnet = inputs.get("subnetId")
    # EC2 refuses a second table for a subnet; moto would hand back the first one's association.
    taken = [{"Name": "association.subnet-id", "Values": [subnet]}]
    if first(call, "describe_route_tables", "RouteTables", Filters=taken):
        raise PluginError(f"ec2 associate_route_table: Resource.AlreadyAssociated: {subnet} has a route table already")
    made = call("ec2", "associate_route_table", RouteTableId=inputs.get("routeTableId"), SubnetId=subnet)
    return text(made.get("AssociationId"))


def _association_read(call: Client, identity: str, inputs: Values) -> Values | None:
    filters = [{"Name": "association.route-table-association-id", "Values": [identity]}]
    found = first(call, "describe_route_tables", "RouteTables", Filters=filters)
    for item in sequence((found or {}).get("Associations")):
        if mapping(item).get("RouteTableAssociationId") == identity:
            return {"routeTableId": mapping(item).get("RouteTableId"), "subnetId": mapping(item).get("SubnetId")}
    return None


# Security group
# What the provider says where nothing is said.
DESCRIPTION = "Managed by Pulumi"


def _permissions(rules: object) -> list[Values]:
    """Rules as EC2 takes them; a rule's own group is named `self`."""
    wanted: list[Values] = []
    for item in sequence(rules):
        rule = mapping(item)
        protocol = text(rule.get("protocol"))
        ports = {} if protocol == "-1" else {"FromPort": rule.get("fromPort"), "ToPort": rule.get("toPort")}
        ranges = [{"CidrIp": block} for block in sequence(rule.get("cidrBlocks"))]
        groups = [{"GroupId": group} for group in sequence(rule.get("securityGroups"))]
        if rule.get("self") is True:
            groups.append({"GroupId": "self"})
        wanted.append(specified(IpProtocol=protocol, IpRanges=ranges, UserIdGroupPairs=groups, **ports))
    return wanted


def _with_self(permissions: list[Values], identity: str) -> list[Values]:
    def group(item: object) -> object:
        return {"GroupId": identity} if mapping(item).get("GroupId") == "self" else item

    return [
        {**entry, "UserIdGroupPairs": [group(item) for item in sequence(entry.get("UserIdGroupPairs"))]}
        for entry in permissions
    ]


def _rules(call: Client, identity: str, old: Values, new: Values) -> None:
    for key, verb in (("ingress", "ingress"), ("egress", "egress")):
        if old.get(key) == new.get(key):
            continue
        gone, wanted = (_with_self(_permissions(values.get(key)), identity) for values in (old, new))
        if gone:
            call("ec2", f"revoke_security_group_{verb}", GroupId=identity, IpPermissions=gone)
        if wanted:
            call("ec2", f"authorize_security_group_{verb}", GroupId=identity, IpPermissions=wanted)


def _group_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_security_group",
        **specified(
            GroupName=inputs.get("name"),
            Description=inputs.get("description") or DESCRIPTION,
            VpcId=inputs.get("vpcId"),
            TagSpecifications=tags("security-group", inputs),
        ),
    )
    identity = text(made.get("GroupId"))
    # AWS opens every new group to the outside; the provider removes that rule before it adds its own.
    everything: Values = {"egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]}
    _rules(call, identity, everything, inputs)
    return identity


def _group_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = first(call, "describe_security_groups", "SecurityGroups", GroupIds=[identity])
    if found is None:
        return None
    state: Values = {
        "name": found.get("GroupName"),
        "description": found.get("Description"),
        "vpcId": found.get("VpcId"),
        "tags": tag_map(found.get("Tags")),
        "arn": arn("security-group", found.get("OwnerId"), identity, call),
        "ownerId": found.get("OwnerId"),
    }
    for key, part in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        live = [mapping(item) for item in sequence(found.get(part))]
        declared = _with_self(_permissions(inputs.get(key)), identity)
        # AWS merges and reorders rules: what means the same is shown as it was declared.
        same = _shape(live, identity) == _shape(declared, identity)
        state[key] = sequence(inputs.get(key)) if same else [_rule(entry, identity) for entry in live]
    return state


def _shape(permissions: list[Values], identity: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for entry in permissions:
        every = entry.get("IpProtocol") == "-1"
        ports = ["", ""] if every else [str(entry.get("FromPort")), str(entry.get("ToPort"))]
        head = [text(entry.get("IpProtocol")), *ports]
        rows += [[*head, text(mapping(item).get("CidrIp"))] for item in sequence(entry.get("IpRanges"))]
        rows += [[*head, text(mapping(item).get("GroupId"))] for item in sequence(entry.get("UserIdGroupPairs"))]
    return sorted(rows)


def _rule(permission: Values, identity: str) -> Values:
    """A rule of EC2's as one declares it."""
    groups = [mapping(item).get("GroupId") for item in sequence(permission.get("UserIdGroupPairs"))]
    return {
        "protocol": permission.get("IpProtocol"),
        "fromPort": permission.get("FromPort") or 0,
        "toPort": permission.get("ToPort") or 0,
        **specified(
            cidrBlocks=[mapping(item).get("CidrIp") for item in sequence(permission.get("IpRanges"))],
            securityGroups=[group for group in groups if group != identity],
            self=identity in groups or None,
        ),
    }


def _group_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _rules(call, identity, old, new)
    retag(call, identity, old, new)


TYPES: dict[str, AwsType] = {
    "aws:ec2/vpc:Vpc": AwsType(
        properties=frozenset({"cidrBlock", "instanceTenancy", *DNS, "tags"}),
        create=_vpc_create,
        read=_vpc_read,
        update=_vpc_update,
        delete=lambda call, identity, _: _done(call, "delete_vpc", VpcId=identity),
        replaces=frozenset({"cidrBlock", "instanceTenancy"}),
        defaults={**DNS, "instanceTenancy": "default"},
    ),
    "aws:ec2/internetGateway:InternetGateway": AwsType(
        properties=frozenset({"vpcId", "tags"}),
        create=_gateway_create,
        read=_gateway_read,
        update=_gateway_update,
        delete=_gateway_delete,
    ),
    "aws:ec2/subnet:Subnet": AwsType(
        properties=frozenset({"vpcId", "cidrBlock", "availabilityZone", "mapPublicIpOnLaunch", "tags"}),
        create=_subnet_create,
        read=_subnet_read,
        update=_subnet_update,
        delete=lambda call, identity, _: _done(call, "delete_subnet", SubnetId=identity),
        replaces=frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
        defaults={"mapPublicIpOnLaunch": False},
        chosen=frozenset({"availabilityZone"}),
    ),
    "aws:ec2/routeTable:RouteTable": AwsType(
        properties=frozenset({"vpcId", "routes", "tags"}),
        create=_table_create,
        read=_table_read,
        update=_table_update,
        delete=lambda call, identity, _: _done(call, "delete_route_table", RouteTableId=identity),
        replaces=frozenset({"vpcId"}),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": AwsType(
        properties=frozenset({"subnetId", "routeTableId"}),
        create=_association_create,
        read=_association_read,
        delete=lambda call, identity, _: _done(call, "disassociate_route_table", AssociationId=identity),
        replaces=frozenset({"subnetId", "routeTableId"}),
        delete_first=True,
        computed=(),
    ),
    "aws:ec2/securityGroup:SecurityGroup": AwsType(
        properties=frozenset({"name", "description", "vpcId", "ingress", "egress", "tags"}),
        create=_group_create,
        read=_group_read,
        update=_group_update,
        delete=lambda call, identity, _: _done(call, "delete_security_group", GroupId=identity),
        replaces=frozenset({"vpcId", "name", "description"}),
        computed=("arn", "ownerId"),
        defaults={"description": DESCRIPTION},
        name="name",
    ),
    **TEMPLATES,
}


def _done(call: Client, operation: str, **arguments: object) -> None:
    call("ec2", operation, **arguments)
