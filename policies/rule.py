"""What a rule is: what it promises, why, by which controls, how it is configured, and the function that judges."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from policies.frameworks import Framework
from policies.resource import PolicyResource, Stack, Values, sequence

T = TypeVar("T")
MISSING = "missing"


class Severity(Enum):
    """How bad it is to break a rule."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(Enum):
    """What breaking a rule does."""

    ADVISORY = "advisory"
    """It is said."""
    MANDATORY = "mandatory"
    """The deployment is refused."""
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Violation:
    """One property that breaks a rule."""

    key: str
    """Its path in the resource, e.g. `rule.defaultRetention.mode`."""
    value: str
    """What was found there: a number, a switch or a word of an API; never what may be a secret."""
    rule: str
    """The rule that it breaks, as a sentence that is true of good values."""
    remedy: str = ""
    """What to do; the rule's own remedy where it is ""."""
    urn: str = ""
    """The resource, where the whole stack is judged."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """One property that a rule needs and that only an update knows."""

    key: str
    urn: str = ""


Finding: TypeAlias = Violation | Undecided
Findings: TypeAlias = Iterator[Finding]
Config: TypeAlias = Values
"""Values of a rule's settings by name; those that are absent have their defaults."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting(Generic[T]):
    """One typed value by which a rule is configured."""

    name: str
    default: T
    text: str
    schema: Mapping[str, object]
    """JSON schema of its values."""
    parse: Callable[[object], T | None]
    """The value that a configuration gives; None where it is of another type."""

    def of(self, config: Config) -> T:
        """Its value in a configuration, or its default."""
        parsed = self.parse(config[self.name]) if self.name in config else None
        return self.default if parsed is None else parsed


def count(name: str, default: int, text: str) -> Setting[int]:
    """A setting that is a whole number, 0 or more."""
    return Setting(name=name, default=default, text=text, schema={"type": "integer", "minimum": 0}, parse=_parse_count)


def names(name: str, default: tuple[str, ...], text: str) -> Setting[tuple[str, ...]]:
    """A setting that is a list of names."""
    schema: dict[str, object] = {"type": "array", "items": {"type": "string"}}
    return Setting(name=name, default=default, text=text, schema=schema, parse=_parse_names)


AnySetting: TypeAlias = Setting[int] | Setting[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What every rule says of itself."""

    id: str
    """`<service>-<what>`, by which it is configured and exempted."""
    title: str
    """What it promises, one sentence."""
    why: str
    """What goes wrong without it."""
    severity: Severity
    frameworks: Mapping[Framework, tuple[str, ...]]
    """Control ids by framework: keeping the rule is evidence for a part of each."""
    remedy: str
    """What to do, as an imperative."""
    settings: tuple[AnySetting, ...] = ()
    advisory_because: str = ""
    """Why it does not stop a deployment by default; "" for one that does."""
    binds_controllers: bool = True
    """Whether it stops controllers too: charts of others, that need of nodes and of the API what no workload does.
    False is advice for them, never silence.
    """

    @property
    def level(self) -> Level:
        """Its level where no configuration says another."""
        return Level.ADVISORY if self.advisory_because else Level.MANDATORY


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceRule(Rule):
    """A rule of single resources, judged before each is made."""

    kinds: tuple[str, ...]
    """Type tokens that it judges; one that ends with `*` stands for all that begin so."""
    check: Callable[[PolicyResource, Config], Findings]

    def judges(self, kind: str) -> bool:
        """Whether it is about a type."""
        return any(kind == one or (one.endswith("*") and kind.startswith(one[:-1])) for one in self.kinds)


@dataclass(frozen=True, kw_only=True, slots=True)
class StackRule(Rule):
    """A rule of a whole stack: of what is missing, or of several resources together."""

    check: Callable[[Stack, Config], Findings] = field()


def _parse_count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    return int(value)


def _parse_names(value: object) -> tuple[str, ...] | None:
    items = sequence(value)
    parsed = tuple(item for item in items if isinstance(item, str))
    return parsed if isinstance(value, list) and len(parsed) == len(items) else None
