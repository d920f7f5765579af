"""One comment under a pull request, updated in place: found by its first line and its author."""

import re
from dataclasses import dataclass
from enum import Enum

from cli.forge.forges import Forge, Posted
from cli.forge.http import accepted
from components.errors import FactoryError

MARKER = re.compile(r"<!-- aifactory preview [\w.-]+ schema \d+ -->")
RUN = re.compile(r"<!-- run (\d+) -->")
ATTEMPTS = 3


class Done(Enum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "left: a later run has written it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What was done."""

    done: Done
    folded: int = 0
    """Comments beside it with the same first line, of which each now says where the one is."""


def post(forge: Forge, body: str, run: int = 0) -> Outcome:
    """Writes the comment. `run`: number of the run that made it; an earlier run never overwrites a later one.

    Raises FactoryError where the text is no comment of a preview, is too long, or the forge refuses it.
    """
    marker = body.partition("\n")[0].strip()
    if MARKER.fullmatch(marker) is None:
        raise FactoryError(
            "--file: its first line is no marker; write it by `aifactory preview --format md --out FILE`"
        )
    if run:
        body = body.replace(marker, f"{marker}\n<!-- run {run} -->", 1)
    if len(body) > forge.LIMIT:
        raise FactoryError(
            f"--file: {len(body)} characters, of which the forge takes {forge.LIMIT}; write it with --limit {forge.LIMIT}"
        )
    ours = _ours(forge, marker)
    if not ours:
        return _created(forge, body, marker)
    first, *others = ours
    if run and any(_run_of(one) > run for one in ours):
        return Outcome(done=Done.STALE)
    for one in others:
        forge.update(one.id, "This preview moved to the first comment of its kind above.")
    if first.body.strip() == body.strip():
        return Outcome(done=Done.UNCHANGED, folded=len(others))
    forge.update(first.id, body)
    return Outcome(done=Done.UPDATED, folded=len(others))


def _ours(forge: Forge, marker: str) -> list[Posted]:
    # Anybody can write the first line: only what this token wrote is ours.
    return [one for one in forge.comments() if one.body.startswith(marker) and one.author == forge.author()]


def _created(forge: Forge, body: str, marker: str) -> Outcome:
    for _ in range(ATTEMPTS - 1):
        answer = forge.create(body)
        if answer.status < 500:
            accepted(answer, "the comment")
            return Outcome(done=Done.CREATED)
        # It may have been written all the same.
        if _ours(forge, marker):
            return Outcome(done=Done.CREATED)
    accepted(forge.create(body), "the comment")
    return Outcome(done=Done.CREATED)


def _run_of(posted: Posted) -> int:
    found = RUN.search(posted.body.partition("\n")[2].partition("\n")[0])
    return int(found.group(1)) if found else 0
