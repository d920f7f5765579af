"""EC2: the network, and the launch templates and placement of GPU nodes."""

from collections.abc import Callable

from lab.plugins.aws.table import AwsType, Client, specified, tag_list, tag_map
from lab.plugins.values import Values, mapping, sequence, text

Describe = Callable[[Client, str], Values | None]


def _first(call: Client, operation: str, key: str, **arguments: object) -> Values | None:
    found = sequence(call("ec2", operation, **arguments).get(key))
    return mapping(found[0]) if found else None


def _tags(kind: str, inputs: Values) -> list[dict[str, object]]:
    tags = tag_list(inputs)
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def _retag(call: Client, identity: str, old: Values, new: Values) -> None:
    gone = [{"Key": key} for key in mapping(old.get("tags")) if key not in mapping(new.get("tags"))]
    if gone:
        call("ec2", "delete_tags", Resources=[identity], Tags=gone)
    if tag_list(new):
        call("ec2", "create_tags", Resources=[identity], Tags=tag_list(new))


def _arn(kind: str, owner: object, identity: str, call: Client) -> str:
    region = text(call("sts", "region").get("region"))
    return f"arn:aws:ec2:{region}:{text(owner) or '123456789012'}:{kind}/{identity}"


# VPC
def _vpc_attributes(call: Client, identity: str, inputs: Values) -> None:
    for key, attribute in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        if key in inputs:
            call("ec2", "modify_vpc_attribute", VpcId=identity, **{attribute: {"Value": inputs[key]}})


def _vpc_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_vpc",
        **specified(CidrBlock=inputs.get("cidrBlock"), TagSpecifications=_tags("vpc", inputs)),
    )
    identity = text(mapping(made.get("Vpc")).get("VpcId"))
    _vpc_attributes(call, identity, inputs)
    return identity


def _vpc_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = _first(call, "describe_vpcs", "Vpcs", VpcIds=[identity])
    if found is None:
        return None
    state: Values = {
        "cidrBlock": found.get("CidrBlock"),
        "instanceTenancy": found.get("InstanceTenancy"),
        "tags": tag_map(found.get("Tags")),
        "arn": _arn("vpc", found.get("OwnerId"), identity, call),
    }
    for key, attribute in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        name = attribute[0].lower() + attribute[1:]
        answer = call("ec2", "describe_vpc_attribute", VpcId=identity, Attribute=name)
        state[key] = mapping(answer.get(attribute)).get("Value")
    return state


def _vpc_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _vpc_attributes(call, identity, new)
    _retag(call, identity, old, new)


# Internet gateway
def _gateway_create(call: Client, inputs: Values) -> str:
    made = call("ec2", "create_internet_gateway", **specified(TagSpecifications=_tags("internet-gateway", inputs)))
    identity = text(mapping(made.get("InternetGateway")).get("InternetGatewayId"))
    call("ec2", "attach_internet_gateway", InternetGatewayId=identity, VpcId=inputs.get("vpcId"))
    return identity


def _gateway_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = _first(call, "describe_internet_gateways", "InternetGateways", InternetGatewayIds=[identity])
    if found is None:
        return None
    attached = [mapping(item).get("VpcId") for item in sequence(found.get("Attachments"))]
    return {
        "vpcId": attached[0] if attached else None,
        "tags": tag_map(found.get("Tags")),
        "arn": _arn("internet-gateway", found.get("OwnerId"), identity, call),
    }


def _gateway_delete(call: Client, identity: str, inputs: Values) -> None:
    call("ec2", "detach_internet_gateway", InternetGatewayId=identity, VpcId=inputs.get("vpcId"))
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
            TagSpecifications=_tags("subnet", inputs),
        ),
    )
    identity = text(mapping(made.get("Subnet")).get("SubnetId"))
    _subnet_update(call, identity, {}, {**inputs, "tags": {}})
    return identity


def _subnet_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = _first(call, "describe_subnets", "Subnets", SubnetIds=[identity])
    return found and {
        "vpcId": found.get("VpcId"),
        "cidrBlock": found.get("CidrBlock"),
        "availabilityZone": found.get("AvailabilityZone"),
        "mapPublicIpOnLaunch": found.get("MapPublicIpOnLaunch"),
        "tags": tag_map(found.get("Tags")),
        "arn": found.get("SubnetArn"),
    }


def _subnet_update(call: Client, identity: str, old: Values, new: Values) -> None:
    public = {"Value": new.get("mapPublicIpOnLaunch") is True}
    call("ec2", "modify_subnet_attribute", SubnetId=identity, MapPublicIpOnLaunch=public)
    _retag(call, identity, old, new)


# Route table
def _table_create(call: Client, inputs: Values) -> str:
    tags = _tags("route-table", inputs)
    made = call("ec2", "create_route_table", **specified(VpcId=inputs.get("vpcId"), TagSpecifications=tags))
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
    found = _first(call, "describe_route_tables", "RouteTables", RouteTableIds=[identity])
    if found is None:
        return None
    routes = [mapping(item) for item in sequence(found.get("Routes"))]
    return {
        "vpcId": found.get("VpcId"),
        "routes": [
            specified(
                cidrBlock=route.get("DestinationCidrBlock"),
                gatewayId=route.get("GatewayId"),
                natGatewayId=route.get("NatGatewayId"),
            )
            for route in routes
            if route.get("GatewayId") != "local"
        ],
        "tags": tag_map(found.get("Tags")),
        "arn": _arn("route-table", found.get("OwnerId"), identity, call),
    }


def _table_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _routes(call, identity, old, new)
    _retag(call, identity, old, new)


# Association
def _association_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2", "associate_route_table", RouteTableId=inputs.get("routeTableId"), SubnetId=inputs.get("subnetId")
    )
    return text(made.get("AssociationId"))


def _association_read(call: Client, identity: str, inputs: Values) -> Values | None:
    filters = [{"Name": "association.route-table-association-id", "Values": [identity]}]
    found = _first(call, "describe_route_tables", "RouteTables", Filters=filters)
    for item in sequence((found or {}).get("Associations")):
        if mapping(item).get("RouteTableAssociationId") == identity:
            return {"routeTableId": mapping(item).get("RouteTableId"), "subnetId": mapping(item).get("SubnetId")}
    return None


# Security group
def _permissions(rules: object) -> list[Values]:
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
            Description=inputs.get("description") or "Managed by Pulumi",
            VpcId=inputs.get("vpcId"),
            TagSpecifications=_tags("security-group", inputs),
        ),
    )
    identity = text(made.get("GroupId"))
    # AWS opens every new group to the outside; the provider removes that rule before it adds its own.
    everything: Values = {"egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]}
    _rules(call, identity, everything, inputs)
    return identity


def _group_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = _first(call, "describe_security_groups", "SecurityGroups", GroupIds=[identity])
    if found is None:
        return None
    state: Values = {
        "name": found.get("GroupName"),
        "description": found.get("Description"),
        "vpcId": found.get("VpcId"),
        "tags": tag_map(found.get("Tags")),
        "arn": _arn("security-group", found.get("OwnerId"), identity, call),
        "ownerId": found.get("OwnerId"),
    }
    for key, part in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        live = _shape([mapping(item) for item in sequence(found.get(part))], identity)
        declared = _shape(_with_self(_permissions(inputs.get(key)), identity), identity)
        # AWS merges and reorders rules: what means the same is shown as it was declared.
        state[key] = inputs.get(key) if live == declared else live
    return state


def _shape(permissions: list[Values], identity: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for entry in permissions:
        head = [text(entry.get("IpProtocol")), str(entry.get("FromPort")), str(entry.get("ToPort"))]
        rows += [[*head, text(mapping(item).get("CidrIp"))] for item in sequence(entry.get("IpRanges"))]
        rows += [[*head, text(mapping(item).get("GroupId"))] for item in sequence(entry.get("UserIdGroupPairs"))]
    return sorted(rows)


def _group_update(call: Client, identity: str, old: Values, new: Values) -> None:
    _rules(call, identity, old, new)
    _retag(call, identity, old, new)


# Launch template
def _template_data(inputs: Values) -> Values:
    interfaces = [
        specified(
            NetworkCardIndex=interface.get("networkCardIndex"),
            DeviceIndex=interface.get("deviceIndex"),
            InterfaceType=interface.get("interfaceType"),
            Groups=interface.get("securityGroups"),
            DeleteOnTermination=interface.get("deleteOnTermination") in ("true", True),
        )
        for interface in map(mapping, sequence(inputs.get("networkInterfaces")))
    ]
    metadata = mapping(inputs.get("metadataOptions"))
    return specified(
        InstanceType=inputs.get("instanceType"),
        NetworkInterfaces=interfaces,
        SecurityGroupIds=inputs.get("vpcSecurityGroupIds"),
        Placement=specified(GroupName=mapping(inputs.get("placement")).get("groupName")),
        MetadataOptions=specified(
            HttpEndpoint=metadata.get("httpEndpoint"),
            HttpTokens=metadata.get("httpTokens"),
            HttpPutResponseHopLimit=metadata.get("httpPutResponseHopLimit"),
        ),
    )


def _template_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_launch_template",
        LaunchTemplateName=inputs.get("name"),
        LaunchTemplateData=_template_data(inputs),
    )
    return text(mapping(made.get("LaunchTemplate")).get("LaunchTemplateId"))


def _template_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = _first(call, "describe_launch_templates", "LaunchTemplates", LaunchTemplateIds=[identity])
    return found and {
        **inputs,
        "name": found.get("LaunchTemplateName"),
        "latestVersion": found.get("LatestVersionNumber"),
        "defaultVersion": found.get("DefaultVersionNumber"),
        "arn": _arn("launch-template", None, identity, call),
    }


def _template_update(call: Client, identity: str, old: Values, new: Values) -> None:
    call("ec2", "create_launch_template_version", LaunchTemplateId=identity, LaunchTemplateData=_template_data(new))


# Placement group: recorded in Pulumi's state alone, because moto 5.2 does not implement CreatePlacementGroup.
def _placement_create(call: Client, inputs: Values) -> str:
    return text(inputs.get("name"))


def _placement_read(call: Client, identity: str, inputs: Values) -> Values | None:
    return {**inputs, "placementGroupId": identity, "arn": _arn("placement-group", None, identity, call)}


def _placement_delete(call: Client, identity: str, inputs: Values) -> None:
    return None


TYPES: dict[str, AwsType] = {
    "aws:ec2/vpc:Vpc": AwsType(
        create=_vpc_create,
        read=_vpc_read,
        update=_vpc_update,
        delete=lambda call, identity, _: _done(call, "delete_vpc", VpcId=identity),
        replaces=frozenset({"cidrBlock", "instanceTenancy"}),
    ),
    "aws:ec2/internetGateway:InternetGateway": AwsType(
        create=_gateway_create, read=_gateway_read, update=_retag, delete=_gateway_delete, replaces=frozenset({"vpcId"})
    ),
    "aws:ec2/subnet:Subnet": AwsType(
        create=_subnet_create,
        read=_subnet_read,
        update=_subnet_update,
        delete=lambda call, identity, _: _done(call, "delete_subnet", SubnetId=identity),
        replaces=frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
    ),
    "aws:ec2/routeTable:RouteTable": AwsType(
        create=_table_create,
        read=_table_read,
        update=_table_update,
        delete=lambda call, identity, _: _done(call, "delete_route_table", RouteTableId=identity),
        replaces=frozenset({"vpcId"}),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": AwsType(
        create=_association_create,
        read=_association_read,
        delete=lambda call, identity, _: _done(call, "disassociate_route_table", AssociationId=identity),
        replaces=frozenset({"subnetId", "routeTableId"}),
        computed=(),
    ),
    "aws:ec2/securityGroup:SecurityGroup": AwsType(
        create=_group_create,
        read=_group_read,
        update=_group_update,
        delete=lambda call, identity, _: _done(call, "delete_security_group", GroupId=identity),
        replaces=frozenset({"vpcId", "name", "description"}),
        computed=("arn", "ownerId"),
        name="name",
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": AwsType(
        create=_template_create,
        read=_template_read,
        update=_template_update,
        delete=lambda call, identity, _: _done(call, "delete_launch_template", LaunchTemplateId=identity),
        replaces=frozenset({"name"}),
        computed=("arn", "latestVersion", "defaultVersion"),
        name="name",
    ),
    "aws:ec2/placementGroup:PlacementGroup": AwsType(
        create=_placement_create,
        read=_placement_read,
        delete=_placement_delete,
        replaces=frozenset({"name", "strategy"}),
        computed=("arn", "placementGroupId"),
        recorded=True,
        name="name",
    ),
}


def _done(call: Client, operation: str, **arguments: object) -> None:
    call("ec2", operation, **arguments)
