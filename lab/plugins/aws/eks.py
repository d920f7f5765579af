"""EKS: clusters and their node groups."""

from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import AwsType, Client, as_declared, specified, untagged

# What EKS does where a cluster says nothing (EKS API reference, VpcConfigRequest).
ACCESS = {"endpointPrivateAccess": False, "endpointPublicAccess": True}


# Cluster
def _network(inputs: Values) -> Values:
    network = mapping(inputs.get("vpcConfig"))
    return specified(
        subnetIds=network.get("subnetIds"),
        securityGroupIds=network.get("securityGroupIds"),
        endpointPrivateAccess=network.get("endpointPrivateAccess"),
        endpointPublicAccess=network.get("endpointPublicAccess"),
    )


def _cluster_create(call: Client, inputs: Values) -> str:
    encryption = mapping(inputs.get("encryptionConfig"))
    provider = mapping(encryption.get("provider"))
    call(
        "eks",
        "create_cluster",
        **specified(
            name=inputs.get("name"),
            version=inputs.get("version"),
            roleArn=inputs.get("roleArn"),
            resourcesVpcConfig=_network(inputs),
            encryptionConfig=[
                {"resources": encryption.get("resources"), "provider": {"keyArn": provider.get("keyArn")}}
            ]
            if encryption
            else None,
            tags=inputs.get("tags"),
        ),
    )
    return text(inputs.get("name"))


def _cluster_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = mapping(call("eks", "describe_cluster", name=identity).get("cluster"))
    network = mapping(found.get("resourcesVpcConfig"))
    live = {key: network.get(key) for key in ("subnetIds", "securityGroupIds", *ACCESS)}
    encryption = mapping(next(iter(sequence(found.get("encryptionConfig"))), None))
    key = mapping(encryption.get("provider")).get("keyArn")
    return {
        "name": identity,
        # moto 5.2 has no UpdateClusterVersion: what is declared is recorded, as the real provider would have made it so.
        "version": inputs.get("version") or found.get("version"),
        "roleArn": found.get("roleArn"),
        "vpcConfig": as_declared(mapping(inputs.get("vpcConfig")), specified(**live), ACCESS),
        "encryptionConfig": {"provider": {"keyArn": key}, "resources": encryption.get("resources")} if key else {},
        "tags": mapping(found.get("tags")),
        "arn": found.get("arn"),
        "endpoint": found.get("endpoint"),
        "status": found.get("status"),
        "certificateAuthority": {"data": mapping(found.get("certificateAuthority")).get("data")},
    }


def _cluster_update(call: Client, identity: str, old: Values, new: Values) -> None:
    if old.get("vpcConfig") != new.get("vpcConfig"):
        # All of it, so that what is declared no longer goes back to EKS's default.
        wanted: Values = {**ACCESS, **_network(new)}
        call("eks", "update_cluster_config", name=identity, resourcesVpcConfig=wanted)
    if untagged(old, new) or new.get("tags"):
        arn = mapping(call("eks", "describe_cluster", name=identity).get("cluster")).get("arn")
        if untagged(old, new):
            call("eks", "untag_resource", resourceArn=arn, tagKeys=untagged(old, new))
        if new.get("tags"):
            call("eks", "tag_resource", resourceArn=arn, tags=new.get("tags"))


def _cluster_delete(call: Client, identity: str, inputs: Values) -> None:
    call("eks", "delete_cluster", name=identity)


# Node group
def _scaling(values: Values) -> Values:
    return {f"{part}Size": values.get(f"{part}Size") for part in ("min", "max", "desired")}


def _nodes_create(call: Client, inputs: Values) -> str:
    template = mapping(inputs.get("launchTemplate"))
    call(
        "eks",
        "create_nodegroup",
        **specified(
            clusterName=inputs.get("clusterName"),
            nodegroupName=inputs.get("nodeGroupName"),
            nodeRole=inputs.get("nodeRoleArn"),
            subnets=inputs.get("subnetIds"),
            amiType=inputs.get("amiType"),
            scalingConfig=_scaling(mapping(inputs.get("scalingConfig"))),
            launchTemplate=specified(id=template.get("id"), version=template.get("version")),
            labels=inputs.get("labels"),
            taints=inputs.get("taints"),
            tags=inputs.get("tags"),
        ),
    )
    return f"{inputs.get('clusterName')}:{inputs.get('nodeGroupName')}"


def _nodes_read(call: Client, identity: str, inputs: Values) -> Values | None:
    cluster, _, name = identity.partition(":")
    found = mapping(call("eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name).get("nodegroup"))
    template = mapping(found.get("launchTemplate"))
    return {
        "clusterName": cluster,
        "nodeGroupName": name,
        "nodeRoleArn": found.get("nodeRole"),
        "subnetIds": found.get("subnets"),
        "amiType": found.get("amiType"),
        "scalingConfig": _scaling(mapping(found.get("scalingConfig"))),
        "launchTemplate": mapping(inputs.get("launchTemplate"))
        or specified(id=template.get("id"), version=template.get("version")),
        "labels": mapping(found.get("labels")),
        "taints": sequence(found.get("taints")),
        "tags": mapping(inputs.get("tags")) or mapping(found.get("tags")),
        "arn": found.get("nodegroupArn"),
        "status": found.get("status"),
        "resources": [
            {
                "autoscalingGroups": [
                    {"name": mapping(group).get("name")}
                    for group in sequence(mapping(found.get("resources")).get("autoScalingGroups"))
                ]
            }
        ],
    }


def _nodes_update(call: Client, identity: str, old: Values, new: Values) -> None:
    cluster, _, name = identity.partition(":")
    labels, taints = mapping(new.get("labels")), sequence(new.get("taints"))
    # EKS replaces a taint by its key and effect, so one with another value is no other taint.
    kept = [_place(taint) for taint in taints]
    call(
        "eks",
        "update_nodegroup_config",
        **specified(
            clusterName=cluster,
            nodegroupName=name,
            scalingConfig=_scaling(mapping(new.get("scalingConfig"))),
            labels=specified(
                addOrUpdateLabels=labels, removeLabels=[key for key in mapping(old.get("labels")) if key not in labels]
            ),
            taints=specified(
                addOrUpdateTaints=taints,
                removeTaints=[taint for taint in sequence(old.get("taints")) if _place(taint) not in kept],
            ),
        ),
    )


def _place(taint: object) -> tuple[object, object]:
    return mapping(taint).get("key"), mapping(taint).get("effect")


def _nodes_delete(call: Client, identity: str, inputs: Values) -> None:
    cluster, _, name = identity.partition(":")
    call("eks", "delete_nodegroup", clusterName=cluster, nodegroupName=name)


TYPES: dict[str, AwsType] = {
    "aws:eks/cluster:Cluster": AwsType(
        properties=frozenset({"name", "version", "roleArn", "vpcConfig", "encryptionConfig", "tags"}),
        create=_cluster_create,
        read=_cluster_read,
        update=_cluster_update,
        delete=_cluster_delete,
        replaces=frozenset({"name", "roleArn", "encryptionConfig"}),
        computed=("arn", "endpoint", "status", "certificateAuthority"),
        chosen=frozenset({"version"}),
        name="name",
    ),
    "aws:eks/nodeGroup:NodeGroup": AwsType(
        properties=frozenset(
            {
                *("clusterName", "nodeGroupName", "nodeRoleArn", "subnetIds", "amiType", "scalingConfig"),
                *("launchTemplate", "labels", "taints", "tags"),
            }
        ),
        create=_nodes_create,
        read=_nodes_read,
        update=_nodes_update,
        delete=_nodes_delete,
        # The real provider changes `launchTemplate` and `tags` in place. moto 5.2 has no UpdateNodegroupVersion, and its
        # TagResource knows clusters alone: both are recorded from then on.
        replaces=frozenset({"clusterName", "nodeGroupName", "nodeRoleArn", "subnetIds", "amiType", "capacityType"}),
        computed=("arn", "status", "resources"),
        chosen=frozenset({"amiType"}),
        name="nodeGroupName",
    ),
}
