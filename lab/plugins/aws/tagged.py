"""What every type of EC2 shares: how one is looked up, tagged and named."""

from components.partition import partition_of
from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import Client, tag_list, untagged


def first(call: Client, operation: str, key: str, **arguments: object) -> Values | None:
    """The first of what a call lists under `key`; None where there is none."""
    found = sequence(call("ec2", operation, **arguments).get(key))
    return mapping(found[0]) if found else None


def tags(kind: str, inputs: Values) -> list[dict[str, object]]:
    """Tags as EC2 takes them when a thing of that kind is made."""
    listed = tag_list(inputs)
    return [{"ResourceType": kind, "Tags": listed}] if listed else []


def retag(call: Client, identity: str, old: Values, new: Values) -> None:
    """Brings a thing's tags from the old inputs to the new ones."""
    gone = [{"Key": key} for key in untagged(old, new)]
    if gone:
        call("ec2", "delete_tags", Resources=[identity], Tags=gone)
    if tag_list(new):
        call("ec2", "create_tags", Resources=[identity], Tags=tag_list(new))


def arn(kind: str, owner: object, identity: str, call: Client) -> str:
    """A thing's ARN, which EC2 mostly does not tell."""
    region = text(call("sts", "region").get("region"))
    return f"arn:{partition_of(region)}:ec2:{region}:{text(owner) or '123456789012'}:{kind}/{identity}"
