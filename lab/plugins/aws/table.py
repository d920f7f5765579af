"""What it takes to serve one AWS type, and the shapes that several services share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lab.plugins.values import Values, mapping, sequence, text


class Client(Protocol):
    """One call of a boto3 client by the API's own operation name: `call("ec2", "create_vpc", CidrBlock=...)`."""

    def __call__(self, service: str, operation: str, **arguments: object) -> Values: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsType:
    """How one type is made, found, changed and removed."""

    create: Callable[[Client, Values], str]
    """Returns the resource's id."""
    read: Callable[[Client, str, Values], Values | None]
    """The live state under the provider's names; None where it is gone."""
    delete: Callable[[Client, str, Values], None]
    update: Callable[[Client, str, Values, Values], None] | None = None
    """Changes what AWS can change in place (id, old inputs, new inputs)."""
    replaces: frozenset[str] = frozenset()
    """Properties that AWS cannot change in place, as the real provider's schema has them."""
    computed: tuple[str, ...] = field(default=("arn",))
    """Outputs that only AWS knows."""
    name: str = ""
    """The property that is named automatically where it is absent."""
    recorded: bool = False
    """Whether nothing but Pulumi's state knows of it."""


def tag_list(inputs: Values) -> list[dict[str, str]]:
    """Tags as most of AWS's APIs take them."""
    return [{"Key": key, "Value": text(value)} for key, value in mapping(inputs.get("tags")).items()]


def tag_map(listed: object) -> Values:
    """Tags as the provider shows them."""
    return {text(mapping(item).get("Key")): mapping(item).get("Value") for item in sequence(listed)}


def specified(**arguments: object) -> dict[str, object]:
    """The arguments that were given: boto3 refuses None."""
    return {key: value for key, value in arguments.items() if value not in (None, [], {}, "")}
