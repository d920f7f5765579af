"""KMS: keys."""

from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import AwsType, Client, specified, untagged


def _tags(inputs: Values) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": text(value)} for key, value in mapping(inputs.get("tags")).items()]


def _create(call: Client, inputs: Values) -> str:
    made = call("kms", "create_key", **specified(Description=inputs.get("description"), Tags=_tags(inputs)))
    identity = text(mapping(made.get("KeyMetadata")).get("KeyId"))
    if inputs.get("enableKeyRotation") is True:
        call("kms", "enable_key_rotation", KeyId=identity)
    return identity


def _metadata(call: Client, identity: str) -> Values | None:
    """What is known of a key; None where it only waits for its end."""
    found = mapping(call("kms", "describe_key", KeyId=identity).get("KeyMetadata"))
    return None if found.get("KeyState") == "PendingDeletion" else found


def _read(call: Client, identity: str, inputs: Values) -> Values | None:
    found = _metadata(call, identity)
    if found is None:
        return None
    rotation = call("kms", "get_key_rotation_status", KeyId=identity)
    tags = sequence(call("kms", "list_resource_tags", KeyId=identity).get("Tags"))
    return {
        "description": found.get("Description"),
        "enableKeyRotation": rotation.get("KeyRotationEnabled"),
        # KMS is told of it when the key is removed, and keeps it nowhere before.
        **specified(deletionWindowInDays=inputs.get("deletionWindowInDays")),
        "keyId": identity,
        "arn": found.get("Arn"),
        "tags": {text(mapping(tag).get("TagKey")): mapping(tag).get("TagValue") for tag in tags},
    }


def _update(call: Client, identity: str, old: Values, new: Values) -> None:
    rotate = "enable_key_rotation" if new.get("enableKeyRotation") is True else "disable_key_rotation"
    call("kms", rotate, KeyId=identity)
    if old.get("description") != new.get("description"):
        call("kms", "update_key_description", KeyId=identity, Description=new.get("description") or "")
    if untagged(old, new):
        call("kms", "untag_resource", KeyId=identity, TagKeys=untagged(old, new))
    if _tags(new):
        call("kms", "tag_resource", KeyId=identity, Tags=_tags(new))


def _delete(call: Client, identity: str, inputs: Values) -> None:
    # A key that waits for its end already is refused by KMS.
    if _metadata(call, identity) is not None:
        days = inputs.get("deletionWindowInDays") or 30
        call("kms", "schedule_key_deletion", KeyId=identity, PendingWindowInDays=days)


TYPES: dict[str, AwsType] = {
    "aws:kms/key:Key": AwsType(
        properties=frozenset({"description", "enableKeyRotation", "deletionWindowInDays", "tags"}),
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        computed=("arn", "keyId"),
        defaults={"enableKeyRotation": False},
    ),
}
