"""The file that a pack is configured by: `--policy-pack-config FILE` of the engine, levels and settings by rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.config import ConfigError, RuleConfig
from policies.resource import is_object, mapping, text
from policies.rule import Level, Rule

LEVEL = "enforcementLevel"
ALL = "all"
"""The engine's own word for every rule of a pack."""
LEVELS: Mapping[str, Level] = {level.value: level for level in Level}


@dataclass(frozen=True, slots=True)
class PackConfig:
    """What a file says of a pack's rules."""

    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    rules: Mapping[str, RuleConfig] = field(default_factory=dict[str, RuleConfig])


def parse(document: object, rules: Mapping[str, Rule]) -> PackConfig:
    """Of a file's document. Raises ConfigError with all that is wrong with it."""
    faults: list[str] = []
    if not is_object(document):
        raise ConfigError(["the configuration is no object: write one of rules, each with its level or settings"])
    levels: dict[str, Level] = {}
    configs: dict[str, RuleConfig] = {}
    for name, given in mapping(document).items():
        level = given if isinstance(given, str) else mapping(given).get(LEVEL)
        if level is not None and text(level) not in LEVELS:
            faults.append(f"{name}.{LEVEL} = {level!r}: a level is one of {', '.join(LEVELS)}; write one of them")
        elif level is not None:
            levels.update(dict.fromkeys(rules if name == ALL else [name], LEVELS[text(level)]))
        if name == ALL:
            continue
        if name not in rules:
            faults.append(f"{name} = {given!r}: no rule has this id; docs/reference/policies.md lists them")
            continue
        settings = {key: value for key, value in mapping(given).items() if key != LEVEL}
        try:
            configs[name] = RuleConfig.parse(rules[name], settings)
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError(faults)
    return PackConfig(levels, configs)
