"""What pulumi_aws itself says of a type: its inputs, which of them are required, their types, and its outputs."""

import importlib
import inspect
import re
import typing
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import cast

import pulumi

from host.documents import Values, mapping, sequence
from pulumi_plugin.values import UNKNOWN

TOKEN = re.compile(r"aws:(?P<module>[a-z0-9]+)/[A-Za-z0-9]+:(?P<kind>[A-Za-z0-9]+)")
# How the SDK's docstrings say that a property cannot be changed in place; its types do not say it.
FORCES_NEW = re.compile(r"forces? (a )?(new|replacement)|forces? the (creation|replacement)", re.IGNORECASE)


# Names that the SDK's own aliases refer to, and that its generated modules do not import.
FORWARD: Mapping[str, object] = {"Output": pulumi.Output, "T": typing.TypeVar("T")}
# The SDK's modules load at the first access, and of two threads at once one sees a module that is half loaded
# (python/cpython#114763): a type that exists was refused now and then.
_LOADING = Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """One type as the SDK declares it; property names are those of the wire, e.g. `allocationId`."""

    inputs: Mapping[str, object]
    """Property -> its type."""
    required: frozenset[str]
    forces: frozenset[str]
    """Properties of which another value is another resource, as far as the docstrings say it."""
    outputs: Mapping[str, object]

    @property
    def tagged(self) -> bool:
        """Whether the provider's default tags are put on it; an Auto Scaling group has tags of another form."""
        return "tags" in self.inputs and "tagsAll" in self.outputs

    def failures(self, values: Values) -> dict[str, str]:
        """What is wrong with inputs, by dotted path: unknown, missing, or of another type."""
        return dict(_object_failures(self.inputs, self.required, values, ""))


@cache
def schema_of(token: str) -> Schema | None:
    """The schema of a type token, e.g. `aws:ec2/natGateway:NatGateway`; None where the SDK has no such type."""
    with _LOADING:
        return _loaded(token)


def _loaded(token: str) -> Schema | None:
    parts = TOKEN.fullmatch(token)
    if parts is None:
        return None
    try:
        package = importlib.import_module(f"pulumi_aws.{parts['module']}")
    except ModuleNotFoundError:
        return None
    # Through attributes: the SDK loads its modules at the first access.
    kind = cast("object", getattr(package, parts["kind"], None))
    if not isinstance(kind, type) or cast("object", getattr(kind, "pulumi_type", None)) != token:
        return None
    module = inspect.getmodule(kind)
    # Where a part of another type has the name already, the arguments are called otherwise.
    named = (f"{parts['kind']}InitArgs", f"{parts['kind']}Args")
    arguments = cast("type", next(getattr(module, name) for name in named if hasattr(module, name)))
    taken = dict(properties(arguments))
    return Schema(
        inputs={name: found for name, (found, _) in taken.items()},
        required=_required(arguments),
        forces=frozenset(name for name, (_, described) in taken.items() if FORCES_NEW.search(described)),
        outputs={name: found for name, (found, _) in properties(kind)},
    )


def properties(owner: type) -> Iterator[tuple[str, tuple[object, str]]]:
    """Name on the wire -> type and description of each property of a class of the SDK."""
    for name, member in vars(owner).items():
        if isinstance(member, property) and member.fget is not None:
            wire = cast("str", getattr(member.fget, "_pulumi_name", name))
            hints = typing.get_type_hints(member.fget, globalns={**FORWARD, **vars(inspect.getmodule(owner))})
            yield wire, (cast("object", hints.get("return")), member.__doc__ or "")


def _required(arguments: type) -> frozenset[str]:
    """Names on the wire of what the constructor has no default for."""
    names = dict(wire_names(arguments))
    parameters = inspect.signature(arguments.__init__).parameters
    return frozenset(
        names[name] for name, one in parameters.items() if name in names and one.default is inspect.Parameter.empty
    )


def wire_names(owner: type) -> Iterator[tuple[str, str]]:
    """Name in Python -> name on the wire of each property of a class of the SDK."""
    for name, member in vars(owner).items():
        if isinstance(member, property) and member.fget is not None:
            yield name, cast("str", getattr(member.fget, "_pulumi_name", name))


def _object_failures(
    known: Mapping[str, object], required: frozenset[str], values: Values, path: str
) -> Iterator[tuple[str, str]]:
    for name in sorted(required - set(values)):
        yield f"{path}{name}", "it is required"
    for name, value in values.items():
        if name not in known:
            yield f"{path}{name}", f"there is no such input; there are {', '.join(sorted(known))}"
        elif value != UNKNOWN:
            yield from _value_failures(known[name], value, f"{path}{name}")


def _value_failures(wanted: object, value: object, path: str) -> Iterator[tuple[str, str]]:
    """Failures of a value against the first of the types that could take it; against the last where none can."""
    found: list[tuple[str, str]] = []
    for one in alternatives(wanted):
        found = list(_failures(one, value, path))
        if not found:
            return
    yield from found


def alternatives(wanted: object) -> list[object]:
    """The types of an Input: what is awaited or an Output has been resolved on the wire."""
    origin = typing.get_origin(wanted)
    if origin is typing.Union:
        return [
            one
            for member in typing.get_args(wanted)
            for one in alternatives(member)
            if one is not type(None) and typing.get_origin(one) not in (Awaitable, pulumi.Output)
        ]
    return [wanted]


def _failures(wanted: object, value: object, path: str) -> Iterator[tuple[str, str]]:
    if value == UNKNOWN:
        return
    origin, members = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is not None and issubclass(cast("type", origin), Mapping):
        entries = mapping(value)
        if not isinstance(value, dict):
            yield path, f"it is a mapping, not {value!r}"
        for key, item in entries.items():
            yield from _value_failures(members[1], item, f"{path}.{key}")
    elif origin is not None:
        items = sequence(value)
        if not isinstance(value, list):
            yield path, f"it is a list, not {value!r}"
        for index, item in enumerate(items):
            yield from _value_failures(members[0], item, f"{path}[{index}]")
    elif wanted in PLAIN:
        if not isinstance(value, PLAIN[wanted]) or (isinstance(value, bool) and wanted is not bool):
            yield path, f"it is {NAMES[wanted]}, not {value!r}"
    elif isinstance(wanted, type) and any(True for _ in wire_names(wanted)):
        given = mapping(value)
        if not isinstance(value, dict):
            yield path, f"it is an object, not {value!r}"
            return
        inner = {name: found for name, (found, _) in properties(wanted)}
        yield from _object_failures(inner, _required(wanted), given, f"{path}.")


PLAIN: Mapping[object, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}
NAMES: Mapping[object, str] = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
