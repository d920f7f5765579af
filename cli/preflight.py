"""`aifactory preflight`: asks AWS whether it would make what an environment configures, and changes nothing."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import cast

from rich.console import Console
from rich.table import Table

from cli.project import declared
from components.accelerators import AwsAccess
from components.errors import FactoryError
from components.preflight.aws import AwsQuestions
from components.preflight.checks import NAMES, preflight
from components.preflight.findings import Finding, State, failed, overridden
from components.preflight.plan import Plan
from components.preflight.questions import Questions
from host.cache import REPOSITORY
from stacks.configuration import of_stack
from stacks.preflight import plan_of
from stacks.settings import PlatformSettings, StackName

HELP = "ask AWS whether it would make what an environment configures, and change nothing"
STYLES = {State.OK: "green", State.FAILED: "bold red", State.NOT_JUDGED: "yellow", State.SKIPPED: "magenta"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", required=True, help="an environment at AWS: stacks/config/Pulumi.ENV.platform.yaml")
    parser.add_argument("--json", action="store_true", help="as one JSON document")
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="NAME[=WHY]",
        help=f"a check that does not count where it fails, e.g. quota or quota:L-417A185B; of {', '.join(NAMES)}",
    )
    parser.add_argument(
        "--cluster", default="", help="the platform's own cluster where it exists: its nodes count once"
    )
    parser.add_argument("--vpc", default="", help="id of the platform's own VPC where it exists")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Prints what AWS said; 1 where a check failed that is not skipped. Raises FactoryError or SpecError."""
    env = str(arguments.env)
    settings, access = settings_of(env)
    plan = plan_of(settings, access, cluster=str(arguments.cluster), vpc=str(arguments.vpc))
    skip = cast("Sequence[str]", arguments.skip)
    return report(plan, AwsQuestions(access), console, skip=skipped(skip), as_json=bool(arguments.json))


def report(plan: Plan, ask: Questions, console: Console, *, skip: Mapping[str, str], as_json: bool) -> int:
    """Asks, prints, and says by its status whether the plan can be made."""
    findings = overridden(preflight(plan, ask), skip, NAMES)
    if as_json:
        document = {
            "region": plan.region,
            "failed": len(failed(findings)),
            "checks": [one.document() for one in findings],
        }
        print(json.dumps(document, indent=1))
    else:
        show(findings, console)
    return 1 if failed(findings) else 0


def settings_of(env: str) -> tuple[PlatformSettings, AwsAccess]:
    """The platform's configuration in the repository, with the project's defaults, and where AWS is asked.

    Raises FactoryError for an environment that is not made at AWS, and SpecError for what its configuration breaks.
    """
    if not declared("platform", env):
        raise FactoryError(f"ENV = {env}: there is no stacks/config/Pulumi.{env}.platform.yaml")
    reader = of_stack(StackName(env, "platform"), REPOSITORY)
    # Asked first: an environment on a cluster of its own has its kubeconfig from the command line, and none here.
    if reader.text("region"):
        settings = PlatformSettings.read(reader)
        if settings.aws:
            return settings, settings.aws
    raise FactoryError(
        f"ENV = {env}: it names no aifactory:region, so nothing is made at AWS; `check` asks a cluster of your own"
    )


def skipped(given: Sequence[str]) -> dict[str, str]:
    """Name of a check -> why it does not count, from `NAME` or `NAME=WHY`."""
    return {name.strip(): why.strip() for name, _, why in (one.partition("=") for one in given)}


def show(findings: Sequence[Finding], console: Console) -> None:
    """Prints a table, and below it what to do about each check that failed."""
    table = Table("check", "result", "asked about", "AWS says", title="Preflight")
    for one in findings:
        table.add_row(one.name, f"[{STYLES[one.state]}]{one.state.value}[/]", one.value or "-", one.message)
    console.print(table)
    for one in failed(findings):
        console.print(f"{one.name}: {one.remedy}", markup=False)
    count = {state: sum(one.state is state for one in findings) for state in State}
    console.print(", ".join(f"{number} {state.value}" for state, number in count.items() if number))
