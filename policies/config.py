"""Configuration of the pack: settings of rules, and exemptions, which have a reason and a last day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from policies.resource import PolicyResource, Values, mapping, sequence, text
from policies.rule import Config, Rule

EXEMPTIONS = "exemptions"
KEYS = ("resource", "reason", "expires")
SCHEMA: Mapping[str, object] = {
    "type": "array",
    "description": "Resources that may break the rule for a time, and why.",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": list(KEYS),
        "properties": {
            "resource": {"type": "string", "minLength": 1, "description": "Name or URN; * stands for any characters."},
            "reason": {"type": "string", "minLength": 1},
            "expires": {
                "type": "string",
                "pattern": r"^\d{4}-\d{2}-\d{2}$",
                "description": "Last day, e.g. 2027-01-31.",
            },
        },
    },
}


class ConfigError(Exception):
    """A configuration that breaks its rules; the message has one line a violation."""

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__("\n".join(lines))


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemption:
    """Leave for some resources to break a rule until a day."""

    resource: str
    reason: str
    expires: date

    def is_of(self, resource: PolicyResource | None) -> bool:
        """Whether it is about a resource, or, where there is none, about the whole stack, which `*` alone names."""
        if resource is None:
            return self.resource == "*"
        return any(fnmatchcase(name, self.resource) for name in (resource.name, resource.urn))


@dataclass(frozen=True, slots=True)
class RuleConfig:
    """How one rule is configured."""

    settings: Config = field(default_factory=dict[str, object])
    exemptions: tuple[Exemption, ...] = ()

    @classmethod
    def parse(cls, rule: Rule, values: Values) -> "RuleConfig":
        """From the engine's properties of a rule. Raises ConfigError with all that is wrong with them."""
        faults: list[str] = []
        known = {setting.name: setting for setting in rule.settings}
        for key, value in values.items():
            if key != EXEMPTIONS and (key not in known or known[key].parse(value) is None):
                wanted = (
                    f"is {dict(known[key].schema)}" if key in known else f"is one of {', '.join((*known, EXEMPTIONS))}"
                )
                faults.append(
                    f"{rule.id}.{key} = {value!r}: a setting {wanted}; correct it in the pack's configuration"
                )
        exemptions = [
            _exemption(rule, index, one, faults) for index, one in enumerate(sequence(values.get(EXEMPTIONS)))
        ]
        if faults:
            raise ConfigError(faults)
        settings = {key: value for key, value in values.items() if key != EXEMPTIONS}
        return cls(settings=settings, exemptions=tuple(one for one in exemptions if one is not None))


def schema(rule: Rule) -> dict[str, object]:
    """JSON schema of the properties of a rule's configuration."""
    settings = {
        setting.name: {**setting.schema, "description": setting.text, "default": _plain(setting.default)}
        for setting in rule.settings
    }
    return {**settings, EXEMPTIONS: dict(SCHEMA)}


def _plain(value: int | tuple[str, ...]) -> object:
    return list(value) if isinstance(value, tuple) else value


def _exemption(rule: Rule, index: int, value: object, faults: list[str]) -> Exemption | None:
    path = f"{rule.id}.{EXEMPTIONS}[{index}]"
    given = mapping(value)
    found = {key: text(given.get(key)).strip() for key in KEYS}
    bad = [
        f"{path}.{key} = {given.get(key)!r}: an exemption names a resource, a reason and its last day; write all three"
        for key in KEYS
        if not found[key]
    ]
    try:
        expires = date.fromisoformat(found["expires"])
    except ValueError:
        if found["expires"]:
            bad.append(f"{path}.expires = {found['expires']!r}: it is a day; write it as YYYY-MM-DD, e.g. 2027-01-31")
        expires = date.min
    faults += bad
    return None if bad else Exemption(resource=found["resource"], reason=found["reason"], expires=expires)
