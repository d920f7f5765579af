"""EC2: launch templates."""

from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import AwsType, Client, specified, tag_map
from lab.plugins.aws.tagged import arn, first, retag, tags

# The provider's name of a part -> EC2's.
INTERFACE = {
    "networkCardIndex": "NetworkCardIndex",
    "deviceIndex": "DeviceIndex",
    "interfaceType": "InterfaceType",
    "securityGroups": "Groups",
}
METADATA = {
    "httpEndpoint": "HttpEndpoint",
    "httpTokens": "HttpTokens",
    "httpPutResponseHopLimit": "HttpPutResponseHopLimit",
}


def _sent(names: dict[str, str], values: Values) -> dict[str, object]:
    return specified(**{theirs: values.get(ours) for ours, theirs in names.items()})


def _shown(names: dict[str, str], found: Values) -> dict[str, object]:
    return specified(**{ours: found.get(theirs) for ours, theirs in names.items()})


def _data(inputs: Values) -> dict[str, object]:
    interfaces = [
        {**_sent(INTERFACE, interface), "DeleteOnTermination": interface.get("deleteOnTermination") in ("true", True)}
        for interface in map(mapping, sequence(inputs.get("networkInterfaces")))
    ]
    return specified(
        InstanceType=inputs.get("instanceType"),
        UserData=inputs.get("userData"),
        NetworkInterfaces=interfaces,
        SecurityGroupIds=inputs.get("vpcSecurityGroupIds"),
        Placement=specified(GroupName=mapping(inputs.get("placement")).get("groupName")),
        MetadataOptions=_sent(METADATA, mapping(inputs.get("metadataOptions"))),
    )


def _declared(data: Values) -> dict[str, object]:
    """A version's data as one declares it."""
    interfaces = [
        {
            **_shown(INTERFACE, interface),
            # The provider's schema has text here, to tell false from absent.
            "deleteOnTermination": "true" if interface.get("DeleteOnTermination") in (True, "true") else "false",
        }
        for interface in map(mapping, sequence(data.get("NetworkInterfaces")))
    ]
    return specified(
        instanceType=data.get("InstanceType"),
        userData=data.get("UserData"),
        networkInterfaces=interfaces,
        vpcSecurityGroupIds=data.get("SecurityGroupIds"),
        placement=specified(groupName=mapping(data.get("Placement")).get("GroupName")),
        metadataOptions=_shown(METADATA, mapping(data.get("MetadataOptions"))),
    )


PARTS = ("instanceType", "userData", "networkInterfaces", "vpcSecurityGroupIds", "placement", "metadataOptions")


def _template_create(call: Client, inputs: Values) -> str:
    made = call(
        "ec2",
        "create_launch_template",
        **specified(
            LaunchTemplateName=inputs.get("name"),
            LaunchTemplateData=_data(inputs),
            TagSpecifications=tags("launch-template", inputs),
        ),
    )
    return text(mapping(made.get("LaunchTemplate")).get("LaunchTemplateId"))


def _template_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = first(call, "describe_launch_templates", "LaunchTemplates", LaunchTemplateIds=[identity])
    if found is None:
        return None
    latest = first(
        call,
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        LaunchTemplateId=identity,
        Versions=["$Latest"],
    )
    live = _declared(mapping((latest or {}).get("LaunchTemplateData")))
    declared = _declared(_data(inputs))
    # moto shows a template's first tags for ever; these are the ones that it has.
    listed = call("ec2", "describe_tags", Filters=[{"Name": "resource-id", "Values": [identity]}]).get("Tags")
    return {
        "name": found.get("LaunchTemplateName"),
        **{key: inputs.get(key) if live.get(key) == declared.get(key) else live.get(key) for key in PARTS},
        "tags": tag_map(listed),
        "latestVersion": found.get("LatestVersionNumber"),
        "defaultVersion": found.get("DefaultVersionNumber"),
        "arn": arn("launch-template", None, identity, call),
    }


def _template_update(call: Client, identity: str, old: Values, new: Values) -> None:
    # A version cannot be changed; what changes is which one is the latest. What moto is not told of makes one too.
    if any(old.get(key) != new.get(key) for key in {*old, *new} - {"tags"}):
        call("ec2", "create_launch_template_version", LaunchTemplateId=identity, LaunchTemplateData=_data(new))
    retag(call, identity, old, new)


def _template_delete(call: Client, identity: str, inputs: Values) -> None:
    call("ec2", "delete_launch_template", LaunchTemplateId=identity)


TYPES: dict[str, AwsType] = {
    "aws:ec2/launchTemplate:LaunchTemplate": AwsType(
        properties=frozenset({"name", *PARTS, "tags"}),
        create=_template_create,
        read=_template_read,
        update=_template_update,
        delete=_template_delete,
        replaces=frozenset({"name"}),
        computed=("arn", "latestVersion", "defaultVersion"),
        moving=("latestVersion",),
        name="name",
    ),
}
