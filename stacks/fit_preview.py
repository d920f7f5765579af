"""Whether what ML teams have declared still fits the platform, asked before the platform is changed.

Their layer would say so too, but in its next preview: by then the nodes are gone.
"""

from functools import partial

import pulumi

from components.violations import SpecError
from stacks import contracts
from stacks.acceptance import demand_of
from stacks.configuration import of_stack, workloads_stacks
from stacks.fit import Workloads, check_fit
from stacks.keys import SeveralErrors
from stacks.node_pool import PlannedPools
from stacks.sections import AcceptanceSection
from stacks.settings import PlatformSettings, StackName
from workloads.plan import recipe_of
from workloads.recipe import Recipe


def check_workloads(stack: StackName, settings: PlatformSettings, planned: PlannedPools) -> None:
    """Raises SpecError where a layer workloads of the same environment does not fit; each is judged by itself."""
    refused: list[SpecError] = []
    for other in workloads_stacks(stack.env):
        values = of_stack(other)
        recipe = _recipe(other, values.text("recipe"))
        if recipe is None:
            continue
        declared = Workloads.of(
            recipe.resources,
            served=bool(values.text("model")),
            gpu_nodes=contracts.gpu_node_labels(settings),
            filesystem_zone=planned.filesystem_zone,
            acceptance=demand_of(
                values.section("acceptance", AcceptanceSection), planned.pools, contracts.gpu_node_labels(settings)
            ),
        )
        before = partial(contracts.pools_before, stack)
        try:
            # What cannot be compared, the layer workloads says.
            check_fit(declared, planned.pools, before=before, subject=f"Recipe of {other}")
        except SpecError as error:
            refused.append(error)
    if refused:
        raise SeveralErrors(refused)


def _recipe(stack: StackName, name: str) -> Recipe | None:
    """None where none is configured, or it is wrong: that is not the platform's to refuse."""
    try:
        return recipe_of(name, "") if name else None
    except SpecError as error:
        pulumi.log.warn(f"{stack} was not compared with the pools of nodes: {error}")
        return None
