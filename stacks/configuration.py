"""Configuration of a stack: as the engine gives it to a run, or as its file beside this one's has it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pulumi
import yaml

from components.violations import SpecError, Violation
from stacks.names import PROJECT
from stacks.reader import Reader
from stacks.settings import StackName


def of_this_stack(stack: StackName) -> Reader:
    """The configuration that the engine gives to this run, with Pulumi.yaml's defaults."""
    config = pulumi.Config(PROJECT)
    return Reader(str(stack), {key: config.get(key) or "" for key in _defaults(_project())})


def of_stack(stack: StackName, root: Path | None = None) -> Reader:
    """The configuration of another stack, read from its file beside this one's, or in the project at `root`.

    Raises SpecError where there is none.
    """
    root = root or _root()
    project = _load(root / "Pulumi.yaml")
    folder = root / str(project.get("stackConfigDir", "."))
    path = folder / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        rule = "a layer is planned from the configuration of the layers below it, and there is no such file"
        raise SpecError("Contract", (Violation("configuration", str(path), rule, f"add it, or deploy {stack} first"),))
    own = _mapping(_load(path).get("config"))
    # A section is a mapping there, and JSON where the engine hands it over.
    values = {
        key.removeprefix(f"{PROJECT}:"): json.dumps(value) if isinstance(value, dict | list) else str(value)
        for key, value in own.items()
        # A secret is sealed in the file, and no layer plans by one.
        if not (isinstance(value, dict) and "secure" in value)
    }
    return Reader(str(stack), {**_defaults(project), **values})


def workloads_stacks(env: str) -> list[StackName]:
    """The stacks of the layer workloads that an environment has configuration of, each team's among them."""
    files = (_root() / str(_project().get("stackConfigDir", "."))).glob(f"Pulumi.{env}.workloads.*yaml")
    return [StackName.parse(name) for name in sorted(file.stem.removeprefix("Pulumi.") for file in files)]


def _project() -> Mapping[str, object]:
    return _load(_root() / "Pulumi.yaml")


def _root() -> Path:
    """The folder of Pulumi.yaml. A language host that does not name it still starts the program at it or below."""
    start = Path(pulumi.get_root_directory() or Path.cwd())
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    rule = "a Pulumi program runs in its project, and there is no Pulumi.yaml in this folder or above it"
    raise SpecError("Project", (Violation("folder", str(start), rule),))


def _load(path: Path) -> Mapping[str, object]:
    return _mapping(yaml.safe_load(path.read_text()))


def _defaults(project: Mapping[str, object]) -> dict[str, str]:
    schema = _mapping(project.get("config"))
    # An empty section is one that is not set.
    return {key.removeprefix(f"{PROJECT}:"): str(_mapping(entry).get("default") or "") for key, entry in schema.items()}


def _mapping(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}
