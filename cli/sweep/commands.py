"""`aifactory sweep`: asks AWS what a destroy has left of an environment, and deletes nothing."""

import argparse
import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from cli.preflight import settings_of
from cli.sweep.aws import AwsQuestions
from cli.sweep.leftovers import State, Swept, sweep
from cli.sweep.questions import Questions
from components.cluster.spec import default_name
from components.errors import FactoryError
from components.preflight.checks import REMEDIES
from components.preflight.questions import NoAnswer
from stacks.settings import PlatformSettings

HELP = "ask AWS what is left of an environment after a destroy and what keeps it, and delete nothing"
STYLES: Mapping[State, str] = {
    State.LEFT: "bold red",
    State.KEPT: "green",
    State.ENDING: "cyan",
    State.UNCLEAR: "yellow",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", required=True, help="an environment at AWS: stacks/config/Pulumi.ENV.platform.yaml")
    parser.add_argument("--json", action="store_true", help="as one JSON document")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Prints what is there; 1 where anything is left, or AWS did not answer. Raises FactoryError or SpecError."""
    env = str(arguments.env)
    settings, access = settings_of(env)
    return report(env, cluster_of(env, settings), AwsQuestions(access), console, as_json=bool(arguments.json))


def report(env: str, cluster: str, ask: Questions, console: Console, *, as_json: bool) -> int:
    """Asks, prints, and says by its status whether it is proven that nothing is left."""
    try:
        found = sweep(env, cluster, ask)
    except NoAnswer as error:
        raise FactoryError(f"sweep of {env}: {error}; {REMEDIES[error.why]}") from error
    if as_json:
        print(json.dumps(document(env, found), indent=1))
    else:
        show(found, console)
    return 0 if found.clean else 1


def cluster_of(env: str, settings: PlatformSettings) -> str:
    """Name of the environment's EKS cluster: what controllers leave says no more than that."""
    return settings.cluster.get("name", default_name(f"{env}.platform", "cluster"))


def document(env: str, found: Swept) -> dict[str, object]:
    """As `--json` prints it."""
    return {
        "environment": env,
        "clean": found.clean,
        "left": sum(one.state is State.LEFT for one in found.leftovers),
        "resources": [one.document() for one in found.leftovers],
        "unanswered": list(found.unanswered),
    }


def show(found: Swept, console: Console) -> None:
    """Prints a table, what was not answered, and the counts."""
    if found.leftovers:
        table = Table("state", "resource", "what keeps it", title="Sweep")
        for one in found.leftovers:
            table.add_row(f"[{STYLES[one.state]}]{one.state.value}[/]", f"{one.what}\n{one.arn}", one.keeps)
        console.print(table)
    for question in found.unanswered:
        console.print(f"not answered: {question}", markup=False)
    console.print(counted([one.state for one in found.leftovers]))


def counted(states: Sequence[State]) -> str:
    """How many there are of each."""
    counts = {state: states.count(state) for state in State}
    return ", ".join(f"{number} {state.value}" for state, number in counts.items() if number) or "nothing is left"
