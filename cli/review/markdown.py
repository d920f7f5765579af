"""A review as one comment: what a reviewer must act on first, details folded, cut by meaning where it is too long."""

from collections import Counter
from dataclasses import dataclass

from cli.review.findings import PolicyFinding
from cli.review.loss import Fate, Kind, Loss
from cli.review.masking import code, cut, prose
from cli.review.protection import FIELDS, Kept, ProtectionChange
from cli.review.review import Review, Verdict
from cli.review.steps import Operation, Step
from cli.review.values import described

GITHUB = 65_536
"""Characters of a comment that GitHub takes."""
SPARE = 1_536
SCHEMA = 1
UNKNOWN_SHOWN = 8
MOST = 500
"""Rows of a section that are written at all: more do not fit into a comment."""
HEADLINES = {
    Verdict.BLOCKED: "⛔ blocked: an update would be refused",
    Verdict.LOOK: "⚠️ to be looked at",
    Verdict.SAFE: "✅ nothing is lost, weakened or opened",
    Verdict.NONE: "✅ no changes",
}
SIGNS = {
    Operation.CREATE: "+",
    Operation.UPDATE: "~",
    Operation.REPLACE: "±",
    Operation.DELETE: "-",
    Operation.OTHER: "?",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One heading with its rows; the rows of a later section are left out first."""

    title: str
    head: str = ""
    """What stands before the rows: a sentence, or the head of a table."""
    rows: tuple[str, ...]
    total: int = 0
    """Of rows, where there are more than a comment could hold."""
    folded: bool = False

    def text(self, shown: int) -> str:
        """With at most so many rows, and how many are left out."""
        rows = self.rows[:shown]
        left = max(self.total, len(self.rows)) - len(rows)
        body = "\n".join([*([self.head] if self.head and rows else []), *rows])
        more = f"\n\n{left} more are left out here; all of them are in the artifact." if left else ""
        if self.folded:
            return f"<details><summary>{self.title}</summary>\n\n{body}{more}\n\n</details>\n"
        return f"#### {self.title}\n\n{body}{more}\n"


def marker(env: str) -> str:
    """The first line of a comment, by which it is found again."""
    return f"<!-- aifactory preview {env} schema {SCHEMA} -->"


def comment(review: Review, *, limit: int = GITHUB, link: str = "") -> str:
    """Markdown of at most `limit` characters. `link`: where the whole of it is."""
    top, bottom = _top(review), _bottom(review, link)
    sections = [section for section in _sections(review) if section.rows]
    room = limit - SPARE - len(top) - len(bottom)
    shown = [len(section.rows) for section in sections]
    texts = [section.text(count) for section, count in zip(sections, shown, strict=True)]
    # The last section first: what was created is known to whoever reads the diff, what is lost is not.
    for index in reversed(range(len(sections))):
        while sum(map(len, texts)) + len(texts) > room and shown[index] > 0:
            shown[index] //= 2
            texts[index] = sections[index].text(shown[index])
    return cut("\n".join([top, *texts, bottom]), limit)


def _top(review: Review) -> str:
    head = f" at {code(review.head[:12])}" if review.head else ""
    lines = [
        marker(review.env),
        f"### AI factory preview of {code(review.env)}: {HEADLINES[review.verdict]}",
        "",
        f"{_counts(review)}{head}",
        "",
    ]
    return "\n".join(lines)


def _counts(review: Review) -> str:
    parts: list[str] = []
    for layer in review.layers:
        counts = Counter(step.operation.value for step in layer.changes)
        said = ", ".join(f"{counts[one.value]} to {one.value}" for one in Operation if counts[one.value])
        failed = "failed" if layer.plan.failed else ""
        unchanged = f"{layer.plan.unchanged} unchanged" if layer.plan.unchanged or not layer.plan.new else ""
        whole = ", ".join(part for part in (failed, said, unchanged) if part)
        parts.append(f"**{layer.plan.layer}** {whole}")
    return " · ".join(parts)


def _sections(review: Review) -> list[Section]:
    return [
        _lost(review),
        _errors(review),
        _violations(review),
        _access(review),
        _stages(review),
        _protection(review),
        _cost(review),
        _advice(review),
        _skipped(review),
        *_changes(review),
        _messages(review),
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _table(*names: str) -> str:
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _lost(review: Review) -> Section:
    # A run of an older recipe is no loss: what it made stays, and the run in the cluster too.
    kept = [loss for loss in review.losses if loss.fate is Fate.KEPT and loss.kind is not Kind.COMPUTE]
    stateful = [loss for loss in review.losses if loss.is_stateful or loss.fate is Fate.REFUSED or loss in kept]
    rest = len(review.losses) - len(stateful)
    rows = [_loss_row(loss) for loss in stateful]
    if rest:
        rows.append(_row(f"{rest} more", "compute, or another's", "kept, or made again without loss", ""))
    return Section(title="Lost or replaced", head=_table("what", "kind", "fate", "because of"), rows=tuple(rows))


def _loss_row(loss: Loss) -> str:
    step = loss.step
    verb = f"may be {_past(step)}" if loss.maybe else _past(step)
    causes = ", ".join(code(described(step, path)) for path in step.causes[:4]) or "it is declared no more"
    # Where a deleted one stood, another program's line is today.
    where = f" {code(step.place)}" if step.place and step.operation is not Operation.DELETE else ""
    return _row(f"{code(step.name)} {code(step.type)} {verb}", loss.kind.value, loss.fate.value, f"{causes}{where}")


def _past(step: Step) -> str:
    return "replaced" if step.operation is Operation.REPLACE else "deleted"


def _errors(review: Review) -> Section:
    rows = [f"- **{layer}**: {_lines(message)}" for layer, message in review.errors]
    return Section(title="What ends the preview: workloads that no longer fit, and other errors", rows=tuple(rows))


def _lines(message: str) -> str:
    """Each line of a message by itself; a rule of ours names key, value, rule and remedy in one."""
    return "<br>".join(prose(line) for line in message.splitlines() if line.strip())


def _violations(review: Review) -> Section:
    found = [one for one in review.findings if one.is_blocking]
    return Section(
        title="Rules that refuse the update",
        head=_table("rule", "where", "what and remedy", "evidence for"),
        rows=tuple(map(_finding_row, found[:MOST])),
        total=len(found),
    )


def _advice(review: Review) -> Section:
    found = [one for one in review.findings if not one.is_blocking]
    return Section(
        title=f"Advice, and what cannot be judged yet: {len(found)}",
        head=_table("rule", "where", "what", "evidence for"),
        rows=tuple(map(_finding_row, found[:MOST])),
        total=len(found),
        folded=True,
    )


def _finding_row(finding: PolicyFinding) -> str:
    deployed = " (deployed so already)" if finding.standing else ""
    severity = f" {finding.severity}" if finding.severity else ""
    return _row(
        f"{code(finding.rule)}{severity}",
        f"{code(finding.name)} {code(finding.place)}",
        f"{prose(finding.message, 500)}{deployed}",
        prose("; ".join(finding.controls), 200),
    )


def _access(review: Review) -> Section:
    changes = [change for layer in review.layers if not layer.plan.new for change in layer.access]
    rows = [
        _row(
            f"{SIGNS[change.step.operation]} {code(change.step.name)} {code(change.step.type)}",
            ", ".join(code(detail) for detail in change.details[:8]),
            code(change.step.place),
        )
        for change in changes[:MOST]
    ]
    # All of a new layer is new: whoever reads its declaration has seen them.
    rows += [
        _row(f"+ {len(layer.access)} of the layer {layer.plan.layer}", "it is new; they are among its changes", "")
        for layer in review.layers
        if layer.plan.new and layer.access
    ]
    head = _table("change", "what", "where")
    return Section(title="Who reaches what", head=head, rows=tuple(rows), total=len(rows) + max(0, len(changes) - MOST))


def _stages(review: Review) -> Section:
    rows = [_row(code(stage.name), ", ".join(code(reason) for reason in stage.reasons)) for stage in review.stages]
    return Section(title="Stages that run again", head=_table("stage", "because of"), rows=tuple(rows))


def _protection(review: Review) -> Section:
    changed = [change for change in review.protection if change.differs]
    rows = [_protection_row(change) for change in changed]
    return Section(title="Protection, before → after", head=_table("copy", *FIELDS), rows=tuple(rows))


def _protection_row(change: ProtectionChange) -> str:
    def side(kept: Kept | None, name: str) -> str:
        return kept.value(name) if kept else "not there"

    def cell(name: str) -> str:
        before, after = side(change.before, name), side(change.after, name)
        return code(after) if before == after else f"{code(before)} → **{code(after)}**"

    return _row(code(change.name), *(cell(name) for name in FIELDS))


def _cost(review: Review) -> Section:
    cost = review.cost
    if cost is None or (not cost.after.items and not cost.before.items):
        return Section(title="Cost", rows=())
    rows = [
        _row("USD a month, as desired", str(cost.before.monthly), str(cost.after.monthly), str(cost.monthly)),
        _row("USD an hour, at most", str(cost.before.ceiling), str(cost.after.ceiling), str(cost.ceiling)),
        _row("GPU-hours a month", str(cost.before.gpu_hours), str(cost.after.gpu_hours), str(cost.gpu_hours)),
    ]
    unknown = sorted({f"{item.what} ({item.why})" for item in cost.unknown})
    if unknown:
        rows.append("")
        rows.append(f"Not known, and not counted: {'; '.join(prose(one, 200) for one in unknown[:UNKNOWN_SHOWN])}.")
    if len(unknown) > UNKNOWN_SHOWN:
        rows[-1] += f" And {len(unknown) - UNKNOWN_SHOWN} more."
    rows += ["", f"<sub>{'; '.join(prose(one, 200) for one in cost.assumptions)}</sub>"]
    head = _table("cost", "before", "after", "difference")
    return Section(title="Cost, before → after", head=head, rows=tuple(rows))


def _skipped(review: Review) -> Section:
    rows = [f"- **{layer}**: {prose(why)}" for layer, why in review.skipped.items()]
    if review.cost is None:
        rows.append("- cost: there are no prices of this region; `aifactory prices --help` says how to get them")
    rows += ["- drift: a preview compares with the state; `aifactory drift` asks the world"]
    return Section(title="What this preview does not say", rows=tuple(rows), folded=True)


def _changes(review: Review) -> list[Section]:
    order = (Operation.REPLACE, Operation.UPDATE, Operation.DELETE, Operation.OTHER, Operation.CREATE)
    sections: list[Section] = []
    for layer in review.layers:
        steps = sorted(layer.changes, key=lambda step: order.index(step.operation))
        title = f"{_count(len(steps), 'change')} of the layer {layer.plan.layer}"
        head = _table("", "resource", "type", "properties")
        rows = tuple(map(_change_row, steps[:MOST]))
        sections.append(Section(title=title, head=head, rows=rows, total=len(steps), folded=True))
    return sections


def _change_row(step: Step) -> str:
    paths = step.properties if step.operation in (Operation.UPDATE, Operation.REPLACE) else ()
    shown = ", ".join(code(described(step, path)) for path in paths[:6])
    more = f" and {len(paths) - 6} more" if len(paths) > 6 else ""
    return _row(SIGNS[step.operation], code(step.name), code(step.type), f"{shown}{more}")


def _messages(review: Review) -> Section:
    said = [(layer.plan.layer, line) for layer in review.layers for line in layer.plan.messages]
    rows = tuple(f"- **{layer}**: {prose(line)}" for layer, line in said[:MOST])
    return Section(title=f"{_count(len(said), 'message')} of the program", rows=rows, total=len(said), folded=True)


def _bottom(review: Review, link: str) -> str:
    whole = f" · [all of it]({link})" if link.startswith(("https://", "http://")) else ""
    return f"<sub>Repeat it by <code>aifactory preview --env {prose(review.env)} --format md</code>{whole}</sub>\n"
