"""The Pulumi project of a factory: the repository's program, with configuration of its own in a folder beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

from cli.home import Home
from host.cache import REPOSITORY
from stacks.names import LAYERS

# What the program is made of; linked, so that a factory always runs the tree as it is.
LINKED = ("stacks/__main__.py", "components", "pulumi_plugin", "workloads")


def link_program(folder: Path) -> None:
    """Makes the repository's program that of the project in `folder`."""
    # A folder of its own, not a link: a program that looks for its project from where it runs finds this one.
    entry = folder / "stacks"
    if entry.is_symlink():
        entry.unlink()
    entry.mkdir(exist_ok=True)
    for name in LINKED:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(REPOSITORY / name)


def write(home: Home, env: str, settings: Mapping[str, Mapping[str, str]], recipe: str = "") -> None:
    """Writes the project and each stack's configuration, keeping what Pulumi itself wrote there.

    `settings`: layer -> what the target adds to the repository's configuration. `recipe`, where not empty, replaces the
    one that the stack is configured by.
    """
    folder, config = home.project, home.project / "config"
    config.mkdir(parents=True, exist_ok=True)
    project = cast("dict[str, object]", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "stackConfigDir": "config"}, sort_keys=False))
    link_program(folder)
    for layer in LAYERS:
        path = config / f"Pulumi.{env}.{layer}.yaml"
        added = {f"aifactory:{key}": value for key, value in settings[layer].items()}
        chosen = {**declared(layer, env), **added}
        if recipe and layer == "workloads":
            chosen["aifactory:recipe"] = recipe
        path.write_text(yaml.safe_dump({**_load(path), "config": chosen}, sort_keys=False))


def declared(layer: str, env: str) -> dict[str, object]:
    """What the repository configures an environment's layer by."""
    document = _load(REPOSITORY / "stacks" / "config" / f"Pulumi.{env}.{layer}.yaml")
    return cast("dict[str, object]", document.get("config", {}))


def declared_recipe(env: str) -> str:
    """Name of the recipe that the repository configures an environment by."""
    return str(declared("workloads", env).get("aifactory:recipe", ""))


def _load(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    return cast("dict[str, object]", yaml.safe_load(path.read_text()) or {})
