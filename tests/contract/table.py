"""What a type is put through by contract, as a table: its inputs at each stage of its life."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.contract.deployment import Deployment

Inputs = Mapping[str, object]
PROGRAM = Path(__file__).parent / "programs" / "table.py"
STAGES = ("first", "changed", "removed", "replaced")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One resource. What is absent at a stage is as it was at the one before."""

    name: str
    kind: str
    first: Inputs
    changed: Inputs = field(default_factory=dict[str, object])
    """What is changed in place."""
    removed: tuple[str, ...] = ()
    """Dotted paths of inputs that are declared no longer, e.g. `tags.stage`."""
    replaced: Inputs = field(default_factory=dict[str, object])
    """What cannot be changed in place."""
    replace_on_changes: tuple[str, ...] = ()
    """For a type that no property of its own replaces: the one by which the program asks for it."""
    outputs: tuple[str, ...] = ()
    """What other cases refer to by `${name.output}`."""
    lacks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Stage -> why it cannot be shown here."""
    unreadable: tuple[str, ...] = ()
    """Inputs that the API never tells: an import goes without them."""

    def inputs(self, stage: str) -> dict[str, object]:
        """What is declared at a stage."""
        at = STAGES.index(stage)
        values: dict[str, object] = {**self.first, **(self.changed if at >= 1 else {})}
        for path in self.removed if at >= 2 else ():
            values = without(values, path.split("."))
        return {**values, **(self.replaced if at >= 3 else {})}


def without(values: Inputs, path: list[str]) -> dict[str, object]:
    """Values with a dotted path taken out."""
    inner = values[path[0]]
    if len(path) > 1 and isinstance(inner, dict):
        return {**values, path[0]: without(cast("Inputs", inner), path[1:])}
    return {key: value for key, value in values.items() if key != path[0]}


@dataclass(frozen=True, slots=True)
class Table:
    """The cases of one plugin, declared by one program."""

    cases: tuple[Case, ...]
    provider: Mapping[str, str] | None = None

    def declare(self, deployment: Deployment, stage: str, imported: Mapping[str, str] | None = None) -> None:
        """Makes a deployment's program declare a stage; with `imported` (name -> id), as an import of what exists."""
        resources: list[dict[str, object]] = []
        for case in self.cases:
            if imported is not None and "import" in case.lacks:
                continue
            inputs = case.inputs(stage)
            resources.append(
                {
                    "name": case.name,
                    "type": case.kind,
                    "inputs": inputs
                    if imported is None
                    else {key: value for key, value in inputs.items() if key not in case.unreadable},
                    "outputs": case.outputs,
                    "import": (imported or {}).get(case.name),
                    "replace_on_changes": case.replace_on_changes if stage == "replaced" else (),
                }
            )
        written = json.dumps({"provider": self.provider, "resources": resources})
        Path(deployment.settings["CONTRACT_TABLE"]).write_text(written)
