"""`aifactory preview --format md|json|sarif`: what a reviewer needs of a preview, also of one that fails."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from rich.console import Console

from cli.cost.prices import SHIPPED, PriceTable, read_table
from cli.engine import Engine
from cli.policy_config import pack_config
from cli.project import declared
from cli.review.document import document
from cli.review.inspect import inspect
from cli.review.markdown import GITHUB, comment
from cli.review.review import Review, Verdict, review
from cli.review.sarif import sarif
from components.errors import FactoryError
from policies.audit import audit
from policies.judge import Judge
from policies.pack import RULES
from policies.rule import Level
from stacks.names import LAYERS

TEXT = "text"
FORMATS = ("md", "json", "sarif")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        type=_formats,
        default=(TEXT,),
        help="md: one comment for a pull request; json: all of it; sarif: for code scanning; several, by commas, need --out. "
        "Each is written also where the preview fails; the exit status is 1 where an update would be refused",
    )
    parser.add_argument(
        "--offline",
        action="store_true",
        help="with --format: reach neither the state nor the cloud, as for a pull request from a fork; everything is new",
    )
    parser.add_argument(
        "--out", default="", help="write it to this file instead of the standard output; of several formats, OUT.FORMAT"
    )
    parser.add_argument("--head", default="", help="the commit that is previewed, as the comment names it")
    parser.add_argument("--link", default="", help="address of the whole, where a comment is cut")
    parser.add_argument(
        "--prices",
        default="",
        help="an extract of `aifactory prices` (default: the one of the region, where it is known)",
    )
    parser.add_argument(
        "--limit", type=int, default=GITHUB, help=f"characters of a comment (default: {GITHUB}, GitHub's)"
    )


def run(engine: Engine, arguments: argparse.Namespace, console: Console) -> int:
    """Writes the review; 1 where an update would be refused. Raises FactoryError."""
    files = _files(cast("tuple[str, ...]", arguments.format), str(arguments.out))
    prices = _prices(engine.env, str(arguments.prices))
    found = reviewed(engine, head=str(arguments.head), prices=prices, offline=bool(arguments.offline))
    for form, path in files.items():
        text = rendered(found, form, limit=int(arguments.limit), link=str(arguments.link))
        if path is None:
            print(text)
        else:
            _write(path, text)
            console.print(f"{found.env}: {found.verdict.value}; written to {path}", markup=False)
    return 1 if found.verdict is Verdict.BLOCKED else 0


def is_text(arguments: argparse.Namespace) -> bool:
    """Whether the preview is for whoever runs it."""
    return cast("tuple[str, ...]", arguments.format) == (TEXT,)


def _formats(value: str) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(one.strip() for one in value.split(",")))
    if given != (TEXT,) and not set(given) <= set(FORMATS):
        raise argparse.ArgumentTypeError(f"{value!r}: write {TEXT}, or some of {','.join(FORMATS)}")
    return given


def _files(formats: Sequence[str], out: str) -> dict[str, Path | None]:
    """Format -> file; None for the standard output. Raises FactoryError."""
    if len(formats) == 1:
        return {formats[0]: Path(out) if out else None}
    if not out:
        raise FactoryError(f"--format = {','.join(formats)}: several are written to files; name them by --out OUT")
    return {form: Path(f"{out}.{form}") for form in formats}


def reviewed(engine: Engine, *, head: str = "", prices: PriceTable | None = None, offline: bool = False) -> Review:
    """Previews every layer that the environment has. Raises FactoryError.

    `offline`: nothing is known of what is deployed.
    """
    deployed = {} if offline else engine.stacks()
    layers = [layer for layer in LAYERS if declared(layer, engine.env)]
    plans = [inspect(engine, layer, new=f"{engine.env}.{layer}" not in deployed) for layer in layers]
    skipped = {layer: "the environment does not configure it" for layer in LAYERS if layer not in layers}
    if offline:
        skipped["the state"] = "it was not reached: nothing is compared with what is deployed, and everything is new"
    standing = None if offline else _standing(engine)
    return review(engine.env, plans, head=head, standing=standing, skipped=skipped, prices=prices)


def _prices(env: str, path: str) -> PriceTable | None:
    """Of a file, or of the region that the environment's platform is in. Raises SpecError for a wrong extract."""
    region = str(declared("platform", env).get("aifactory:region", ""))
    kept = SHIPPED / f"{region}.yaml"
    if path:
        return read_table(Path(path))
    return read_table(kept) if region and kept.is_file() else None


def rendered(found: Review, form: str, *, limit: int = GITHUB, link: str = "") -> str:
    """In one of `FORMATS`."""
    if form == "md":
        return comment(found, limit=limit, link=link)
    return json.dumps(sarif(found) if form == "sarif" else document(found), indent=1)


def _standing(engine: Engine) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By layer, the (rule, URN) of what is deployed and breaks a mandatory rule today."""
    config = pack_config("", engine.env)
    judge = Judge(tuple(RULES.values()), levels=config.levels, configs=config.rules)
    return {
        name.partition(".")[2]: [
            (outcome.rule.id, outcome.urn)
            for outcome in audit(state, judge).outcomes
            if outcome.level is Level.MANDATORY
        ]
        for name, state in engine.states().items()
    }


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise FactoryError(f"--out = {path}: {error.strerror}; name a file that can be written") from error
