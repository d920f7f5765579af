"""IAM: roles and the policies that are attached to them."""

import json

from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import AwsType, Client, specified, tag_list, tag_map, untagged


def _document(value: object) -> object:
    """A policy by meaning: AWS hands it back formatted in another way."""
    return json.loads(value) if isinstance(value, str) else value


def _role_create(call: Client, inputs: Values) -> str:
    name = text(inputs.get("name"))
    call(
        "iam",
        "create_role",
        **specified(
            RoleName=name,
            AssumeRolePolicyDocument=inputs.get("assumeRolePolicy"),
            Path=inputs.get("path"),
            Description=inputs.get("description"),
            Tags=tag_list(inputs),
        ),
    )
    return name


def _role_read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = mapping(call("iam", "get_role", RoleName=identity).get("Role"))
    live, declared = found.get("AssumeRolePolicyDocument"), inputs.get("assumeRolePolicy")
    same = _document(live) == _document(declared)
    return {
        "name": identity,
        "assumeRolePolicy": declared if same else json.dumps(live),
        "path": found.get("Path"),
        "description": found.get("Description") or "",
        "arn": found.get("Arn"),
        "uniqueId": found.get("RoleId"),
        "tags": tag_map(found.get("Tags")),
    }


def _role_update(call: Client, identity: str, old: Values, new: Values) -> None:
    call("iam", "update_assume_role_policy", RoleName=identity, PolicyDocument=new.get("assumeRolePolicy"))
    if old.get("description") != new.get("description"):
        call("iam", "update_role", RoleName=identity, Description=new.get("description") or "")
    if untagged(old, new):
        call("iam", "untag_role", RoleName=identity, TagKeys=untagged(old, new))
    if tag_list(new):
        call("iam", "tag_role", RoleName=identity, Tags=tag_list(new))


def _role_delete(call: Client, identity: str, inputs: Values) -> None:
    call("iam", "delete_role", RoleName=identity)


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


TYPES: dict[str, AwsType] = {
    "aws:iam/role:Role": AwsType(
        properties=frozenset({"name", "assumeRolePolicy", "path", "description", "tags"}),
        create=_role_create,
        read=_role_read,
        update=_role_update,
        delete=_role_delete,
        replaces=frozenset({"name", "path"}),
        computed=("arn", "uniqueId"),
        defaults={"path": "/"},
        name="name",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": AwsType(
        properties=frozenset({"role", "policyArn"}),
        create=_attachment_create,
        read=_attachment_read,
        delete=_attachment_delete,
        replaces=frozenset({"role", "policyArn"}),
        computed=(),
    ),
}
