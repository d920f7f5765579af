"""IAM roles, KMS keys, and EKS with its node groups."""

import json

from lab.plugins.aws.table import AwsType, Client, specified, tag_map
from lab.plugins.values import Values, mapping, sequence, text


def _document(value: object) -> object:
    """A policy by meaning: AWS hands it back formatted in another way."""
    return json.loads(value) if isinstance(value, str) else value


# IAM
def _role_create(call: Client, inputs: Values) -> str:
    name, document = inputs.get("name"), inputs.get("assumeRolePolicy")
    call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=document)
    return text(name)


def _role_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = mapping(call("iam", "get_role", RoleName=identity).get("Role"))
    live, declared = found.get("AssumeRolePolicyDocument"), inputs.get("assumeRolePolicy")
    same = _document(live) == _document(declared)
    return {
        "name": identity,
        "assumeRolePolicy": declared if same else json.dumps(live),
        "path": found.get("Path"),
        "arn": found.get("Arn"),
        "uniqueId": found.get("RoleId"),
        "tags": tag_map(found.get("Tags")),
    }


def _role_update(call: Client, identity: str, old: Values, new: Values) -> None:
    call("iam", "update_assume_role_policy", RoleName=identity, PolicyDocument=new.get("assumeRolePolicy"))


def _attachment_create(call: Client, inputs: Values) -> str:
    call("iam", "attach_role_policy", RoleName=inputs.get("role"), PolicyArn=inputs.get("policyArn"))
    return f"{inputs.get('role')}/{inputs.get('policyArn')}"


def _attachment_read(call: Client, identity: str, inputs: Values) -> Values | None:
    role, _, arn = identity.partition("/")
    listed = sequence(call("iam", "list_attached_role_policies", RoleName=role).get("AttachedPolicies"))
    held = any(mapping(item).get("PolicyArn") == arn for item in listed)
    return {"role": role, "policyArn": arn} if held else None


def _attachment_delete(call: Client, identity: str, inputs: Values) -> None:
    role, _, arn = identity.partition("/")
    call("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)


# KMS
def _key_create(call: Client, inputs: Values) -> str:
    made = call("kms", "create_key", **specified(Description=inputs.get("description")))
    identity = text(mapping(made.get("KeyMetadata")).get("KeyId"))
    _key_update(call, identity, {}, inputs)
    return identity


def _key_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = mapping(call("kms", "describe_key", KeyId=identity).get("KeyMetadata"))
    if found.get("KeyState") == "PendingDeletion":
        return None
    rotation = call("kms", "get_key_rotation_status", KeyId=identity)
    return {
        "description": found.get("Description"),
        "enableKeyRotation": rotation.get("KeyRotationEnabled"),
        "deletionWindowInDays": inputs.get("deletionWindowInDays"),
        "keyId": identity,
        "arn": found.get("Arn"),
    }


def _key_update(call: Client, identity: str, old: Values, new: Values) -> None:
    rotate = "enable_key_rotation" if new.get("enableKeyRotation") is True else "disable_key_rotation"
    call("kms", rotate, KeyId=identity)
    if old and old.get("description") != new.get("description"):
        call("kms", "update_key_description", KeyId=identity, Description=new.get("description") or "")


def _key_delete(call: Client, identity: str, inputs: Values) -> None:
    days = inputs.get("deletionWindowInDays") or 30
    call("kms", "schedule_key_deletion", KeyId=identity, PendingWindowInDays=days)


# EKS
def _cluster_create(call: Client, inputs: Values) -> str:
    network = mapping(inputs.get("vpcConfig"))
    encryption = mapping(inputs.get("encryptionConfig"))
    provider = mapping(encryption.get("provider"))
    call(
        "eks",
        "create_cluster",
        **specified(
            name=inputs.get("name"),
            version=inputs.get("version"),
            roleArn=inputs.get("roleArn"),
            resourcesVpcConfig=specified(
                subnetIds=network.get("subnetIds"),
                securityGroupIds=network.get("securityGroupIds"),
                endpointPrivateAccess=network.get("endpointPrivateAccess"),
            ),
            encryptionConfig=[
                {"resources": encryption.get("resources"), "provider": {"keyArn": provider.get("keyArn")}}
            ]
            if encryption
            else None,
        ),
    )
    return text(inputs.get("name"))


def _cluster_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = mapping(call("eks", "describe_cluster", name=identity).get("cluster"))
    return {
        **inputs,
        "name": identity,
        "version": found.get("version"),
        "roleArn": found.get("roleArn"),
        "arn": found.get("arn"),
        "endpoint": found.get("endpoint"),
        "status": found.get("status"),
        "certificateAuthority": {"data": mapping(found.get("certificateAuthority")).get("data")},
    }


def _cluster_update(call: Client, identity: str, old: Values, new: Values) -> None:
    if old.get("version") != new.get("version"):
        call("eks", "update_cluster_version", name=identity, version=new.get("version"))


def _nodes_create(call: Client, inputs: Values) -> str:
    scaling, template = mapping(inputs.get("scalingConfig")), mapping(inputs.get("launchTemplate"))
    call(
        "eks",
        "create_nodegroup",
        **specified(
            clusterName=inputs.get("clusterName"),
            nodegroupName=inputs.get("nodeGroupName"),
            nodeRole=inputs.get("nodeRoleArn"),
            subnets=inputs.get("subnetIds"),
            amiType=inputs.get("amiType"),
            scalingConfig=_scaling(scaling),
            launchTemplate=specified(id=template.get("id"), version=template.get("version")),
            labels=inputs.get("labels"),
            taints=inputs.get("taints"),
        ),
    )
    return f"{inputs.get('clusterName')}:{inputs.get('nodeGroupName')}"


def _scaling(values: Values) -> Values:
    return {f"{part}Size": values.get(f"{part}Size") for part in ("min", "max", "desired")}


def _nodes_read(call: Client, identity: str, inputs: Values) -> Values | None:
    cluster, _, name = identity.partition(":")
    found = mapping(call("eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name).get("nodegroup"))
    return {
        **inputs,
        "clusterName": cluster,
        "nodeGroupName": name,
        "scalingConfig": _scaling(mapping(found.get("scalingConfig"))),
        "arn": found.get("nodegroupArn"),
        "status": found.get("status"),
    }


def _nodes_update(call: Client, identity: str, old: Values, new: Values) -> None:
    cluster, _, name = identity.partition(":")
    labels = mapping(new.get("labels"))
    gone = [key for key in mapping(old.get("labels")) if key not in labels]
    call(
        "eks",
        "update_nodegroup_config",
        **specified(
            clusterName=cluster,
            nodegroupName=name,
            scalingConfig=_scaling(mapping(new.get("scalingConfig"))),
            labels=specified(addOrUpdateLabels=labels, removeLabels=gone),
        ),
    )


def _nodes_delete(call: Client, identity: str, inputs: Values) -> None:
    cluster, _, name = identity.partition(":")
    call("eks", "delete_nodegroup", clusterName=cluster, nodegroupName=name)


def _role_delete(call: Client, identity: str, inputs: Values) -> None:
    call("iam", "delete_role", RoleName=identity)


def _cluster_delete(call: Client, identity: str, inputs: Values) -> None:
    call("eks", "delete_cluster", name=identity)


TYPES: dict[str, AwsType] = {
    "aws:iam/role:Role": AwsType(
        create=_role_create,
        read=_role_read,
        update=_role_update,
        delete=_role_delete,
        replaces=frozenset({"name", "path"}),
        computed=("arn", "uniqueId"),
        name="name",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": AwsType(
        create=_attachment_create,
        read=_attachment_read,
        delete=_attachment_delete,
        replaces=frozenset({"role", "policyArn"}),
        computed=(),
    ),
    "aws:kms/key:Key": AwsType(
        create=_key_create,
        read=_key_read,
        update=_key_update,
        delete=_key_delete,
        computed=("arn", "keyId"),
    ),
    "aws:eks/cluster:Cluster": AwsType(
        create=_cluster_create,
        read=_cluster_read,
        update=_cluster_update,
        delete=_cluster_delete,
        replaces=frozenset({"name", "roleArn", "encryptionConfig", "vpcConfig"}),
        computed=("arn", "endpoint", "status", "certificateAuthority"),
        name="name",
    ),
    "aws:eks/nodeGroup:NodeGroup": AwsType(
        create=_nodes_create,
        read=_nodes_read,
        update=_nodes_update,
        delete=_nodes_delete,
        replaces=frozenset({"clusterName", "nodeGroupName", "nodeRoleArn", "subnetIds", "amiType"}),
        computed=("arn", "status"),
        name="nodeGroupName",
    ),
}
