"""The controllers of a cluster as a site configures them."""

from pathlib import Path

import pulumi

from components.charts.args import ChartContext
from components.charts.component import Controllers
from components.charts.spec import missing
from stacks.sections import ControllersSection


def declare_controllers(
    section: ControllersSection, context: ChartContext, opts: pulumi.ResourceOptions
) -> Controllers | None:
    """Declares them; None where none are configured. Raises SpecError where a chart is not there as it is pinned.

    A preview goes on without charts that were not brought yet, and says which it did not show: a reviewer has none of them.
    """
    names, folder = section.get("names", []), section.get("folder", "")
    if not names:
        return None
    absent = [one.name for one in missing(names, Path(folder))] if pulumi.runtime.is_dry_run() else []
    if absent:
        pulumi.log.warn(
            f"not previewed, as their charts are not in {folder or 'any folder'}: {', '.join(absent)};"
            " `aifactory mirror --charts FOLDER` brings them, and aifactory:controllers names the folder"
        )
    shown = [name for name in names if name not in absent]
    if not shown:
        return None
    facts: ChartContext = {**context}
    if "registry" in section:
        facts["registry"] = section["registry"]
    if "images" in section:
        facts["images"] = section["images"]
    return Controllers("controllers", {"names": shown, "folder": folder, "context": facts}, opts)
