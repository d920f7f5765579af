"""What it takes to serve one AWS type, and the shapes that several services share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from host.documents import Values, mapping, sequence, text

NOTHING: tuple[object, ...] = (None, {}, [], "")


class Client(Protocol):
    """One call of a boto3 client by the API's own operation name: `call("ec2", "create_vpc", CidrBlock=...)`."""

    def __call__(self, service: str, operation: str, **arguments: object) -> Values: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsType:
    """How one type is made, found, changed and removed."""

    properties: frozenset[str]
    """Inputs that the API is told of; what else pulumi_aws has is kept in Pulumi's state alone."""
    create: Callable[[Client, Values], str]
    """Returns the resource's id. Called twice it makes two: nothing here looks for what an earlier call made."""
    read: Callable[[Client, str, Values], Values | None]
    """The live state under the provider's names; None where it is gone."""
    delete: Callable[[Client, str, Values], None]
    update: Callable[[Client, str, Values, Values], None] | None = None
    """Changes what AWS can change in place (id, old inputs, new inputs)."""
    replaces: frozenset[str] = frozenset()
    """Properties that AWS cannot change in place, as the real provider's schema has them."""
    delete_first: bool = False
    """Whether a second one cannot stand beside the first."""
    computed: tuple[str, ...] = field(default=("arn",))
    """Outputs that only AWS knows."""
    moving: tuple[str, ...] = ()
    """Outputs that every update changes."""
    defaults: Mapping[str, object] = field(default_factory=dict[str, object])
    """What AWS does where a property is absent: no drift."""
    chosen: frozenset[str] = frozenset()
    """Properties that AWS chooses where they are absent."""
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


def untagged(old: Values, new: Values) -> list[str]:
    """Keys of the tags that are declared no longer."""
    return [key for key in mapping(old.get("tags")) if key not in mapping(new.get("tags"))]


def specified(**arguments: object) -> dict[str, object]:
    """The arguments that were given: boto3 refuses None."""
    return {key: value for key, value in arguments.items() if value not in NOTHING}


def as_declared(
    declared: Values, found: Values, defaults: Mapping[str, object] | None = None, chosen: frozenset[str] = frozenset()
) -> Values:
    """What exists, as its owner would declare it: what is declared, as it is found, and whatever else is no default."""
    kept = {key: found.get(key, value) for key, value in declared.items()}
    more = {
        key: value
        for key, value in found.items()
        if key not in declared and key not in chosen and value not in (*NOTHING, (defaults or {}).get(key))
    }
    return {key: value for key, value in {**kept, **more}.items() if value is not None}
