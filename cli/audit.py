"""`aifactory audit`: judges by the policy pack what is deployed, here or as another project's exported state says."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from rich.console import Console

from cli.policy_config import pack_config
from components.errors import FactoryError
from policies import audit as states
from policies.audit import Audited
from policies.config_file import PackConfig
from policies.judge import Judge, Outcome
from policies.pack import RULES, pack_of
from policies.rule import Level

HELP = "judge what is deployed by the policy pack, of an environment or of any exported state, and change nothing"
STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "states",
        nargs="*",
        metavar="STATE.json",
        help="what `pulumi stack export` wrote, of any project; - reads one from the standard input; "
        "without any, every layer of --env that was deployed",
    )
    parser.add_argument(
        "--config", default="", help="levels, settings and exemptions, as --policy-pack-config has them"
    )
    parser.add_argument("--json", action="store_true", help="as one JSON document")


def read(paths: Sequence[str]) -> Mapping[str, object]:
    """The document of each file by its path. Raises FactoryError for one that cannot be read or is no JSON."""
    return {path: _document(path) for path in paths}


def run(documents: Mapping[str, object], env: str, arguments: argparse.Namespace, console: Console) -> int:
    """Prints what rules say of states; 1 where a mandatory one is broken. Raises FactoryError.

    `env`: whose configuration of the pack counts where `--config` names none; "" for states of others.
    """
    config = pack_config(str(arguments.config), env)
    found = {name: _audited(name, document, config) for name, document in documents.items()}
    if arguments.json:
        print(json.dumps([_row(name, one) for name, one in found.items()], indent=1))
    else:
        for name, one in found.items():
            show(name, one, console)
    return 1 if any(_mandatory(one.outcomes) for one in found.values()) else 0


def show(source: str, audited: Audited, console: Console) -> None:
    """Prints a line a finding, mandatory ones first, and the counts."""
    console.print(f"{audited.name or source}: {audited.resources} resources", markup=False)
    ordered = sorted(audited.outcomes, key=lambda one: (one.level is not Level.MANDATORY, one.rule.id, one.urn))
    for outcome in ordered:
        where = outcome.urn.rpartition("::")[2] or "the stack"
        console.print(f"  [{outcome.level.value}] {outcome.rule.id}: {where}: {outcome.message}", markup=False)
    counts = Counter(outcome.level for outcome in audited.outcomes)
    console.print(f"  {counts[Level.MANDATORY]} of mandatory rules, {counts[Level.ADVISORY]} advisory", markup=False)


def _audited(name: str, document: object, config: PackConfig) -> Audited:
    judge = Judge(tuple(RULES.values()), levels=config.levels, configs=config.rules)
    try:
        return states.audit(document, judge)
    except states.StateError as error:
        raise FactoryError(
            f"STATE = {name}: {error}; write it by `pulumi stack export --stack NAME --file {name}`"
        ) from error


def _document(path: str) -> object:
    try:
        content = sys.stdin.read() if path == STDIN else Path(path).read_text()
        return cast("object", json.loads(content))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else f"it is no JSON ({error})"
        raise FactoryError(f"STATE = {path}: {why}; name what `pulumi stack export` wrote") from error


def _mandatory(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.level is Level.MANDATORY]


def _row(source: str, audited: Audited) -> dict[str, object]:
    return {
        "state": source,
        "stack": audited.name,
        "resources": audited.resources,
        "mandatory": len(_mandatory(audited.outcomes)),
        "findings": [
            {
                "rule": outcome.rule.id,
                "pack": pack_of(outcome.rule),
                "level": outcome.level.value,
                "severity": outcome.rule.severity.value,
                "urn": outcome.urn,
                "message": outcome.message,
                "remedy": outcome.rule.remedy,
                "frameworks": {one.value: list(controls) for one, controls in outcome.rule.frameworks.items()},
            }
            for outcome in audited.outcomes
        ],
    }
