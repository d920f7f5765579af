"""Values of one stack's configuration, read by type; what is wrong with them is gathered and reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

import yaml

from components.document import read
from components.violations import SpecError, Violations
from stacks.names import PROJECT

Part = TypeVar("Part")
NODE_PORTS = range(30000, 32768)
"""Kubernetes' default range of node ports (--service-node-port-range)."""
# Kubernetes, "Labels and selectors", "Syntax and character set".
_NAME = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
LABEL = re.compile(rf"([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME}=({_NAME})?")


@dataclass(slots=True)
class Reader:
    """Reads values of one stack's configuration and gathers what is wrong with them."""

    stack: str
    values: Mapping[str, str]
    violations: Violations = field(init=False)

    def __post_init__(self) -> None:
        self.violations = Violations(f"Configuration of {self.stack}")

    def text(self, key: str) -> str:
        """A value that may be empty."""
        return self.values.get(key, "").strip()

    def required(self, key: str) -> str:
        """A value that the layer cannot do without."""
        value = self.text(key)
        self.violations.unless(
            bool(value),
            f"{PROJECT}:{key}",
            value,
            f"the layer of {self.stack} requires it",
            f"pulumi config set {key} VALUE --stack {self.stack}",
        )
        return value

    def number(self, key: str, least: int, rule: str) -> int:
        """A whole number of `least` or more; `least` where it is none and a violation is noted."""
        value = self.text(key)
        # Not int(): it takes "1_0", " 1" and digits of other scripts too.
        good = re.fullmatch(r"-?[0-9]{1,9}", value) is not None and int(value) >= least
        self.violations.unless(
            good,
            f"{PROJECT}:{key}",
            value,
            rule,
            f"pulumi config set {key} {least} --stack {self.stack}, or more",
        )
        return int(value) if good else least

    def labels(self, key: str) -> dict[str, str]:
        """Labels of Kubernetes, `key=value` and comma-separated; empty where none are set or a violation is noted."""
        value = self.text(key)
        parts = [part.strip() for part in value.split(",")] if value else []
        good = self.violations.unless(
            all(LABEL.fullmatch(part) for part in parts),
            f"{PROJECT}:{key}",
            value,
            "labels are written key=value and separated by commas",
            f"e.g. pulumi config set {key} nvidia.com/gpu.present=true --stack {self.stack}",
        )
        return dict(part.split("=", 1) for part in parts) if good else {}

    def count(self, key: str, rule: str) -> int:
        """A whole number of 0 or more; 0 where it is not set."""
        return self.number(key, 0, rule) if self.text(key) else 0

    def section(self, key: str, kind: type[Part]) -> Part:
        """A section, a mapping of the arguments of one component; an empty one where none is set or a violation is noted."""
        value = self.text(key)
        try:
            given = cast("object", yaml.safe_load(value or "{}"))
            return read(kind, given, self.violations.component, f"{PROJECT}:{key}")
        except yaml.YAMLError:
            self.violations.unless(False, f"{PROJECT}:{key}", value, "a section is a mapping of YAML or JSON")
        except SpecError as error:
            self.violations.found += [
                replace(one, path=one.path if one.path.startswith(PROJECT) else f"{PROJECT}:{key}.{one.path}")
                for one in error.violations
            ]
        return read(kind, {}, self.violations.component)

    def listed(self, key: str) -> tuple[str, ...]:
        """The comma-separated parts of a value; none where it is empty."""
        return tuple(part.strip() for part in self.text(key).split(",") if part.strip())

    def node_port(self, key: str) -> int:
        """A port that Kubernetes can open on its nodes; 0 where a violation is noted."""
        value = self.text(key)
        port = int(value) if re.fullmatch(r"[0-9]{1,5}", value) else 0
        good = self.violations.unless(
            port in NODE_PORTS,
            f"{PROJECT}:{key}",
            value,
            f"a node port is one of {NODE_PORTS.start} to {NODE_PORTS.stop - 1}",
            f"pulumi config set {key} PORT --stack {self.stack}",
        )
        return port if good else 0
