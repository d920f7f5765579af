"""What runs in the lab and what came out, as data and as tables."""

from dataclasses import asdict, dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table

from cli.delivery import Outcome
from cli.protection import Row
from cli.runs import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """One program of the lab."""

    healthy: bool
    pid: int | None
    """As the machine knows it; None where it does not run."""
    endpoint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """A factory as it is now."""

    services: dict[str, Service]
    stacks: dict[str, dict[str, object]]
    run: Run | None = None
    served: str = ""
    """Digest of the model that answers; "" where none does."""
    endpoint: str = ""
    mlflow: str = ""
    """The command that opens MLflow on this machine."""
    key_file: str = ""
    """Where the key lies by which this machine asks the model."""
    protection: tuple[Row, ...] = ()

    def document(self) -> dict[str, object]:
        """As `--json` prints it; what does not exist yet is null."""
        run = self.run
        model = str(run.metric("register", "model") or "") if run else ""
        return {
            "services": {name: asdict(one) for name, one in self.services.items()},
            "stacks": self.stacks,
            "run": {"digest": run.digest, "phase": run.phase, "stages": [asdict(stage) for stage in run.stages]}
            if run
            else None,
            "model": {
                "digest": model,
                "perplexity": run.metric("evaluate", "perplexity"),
                "baseline_perplexity": run.metric("evaluate", "unigram_perplexity"),
                "untrained_perplexity": run.metric("evaluate", "untrained_perplexity"),
                # A model is named by the digest of the manifest that was signed, and served only if that signature holds.
                "signed": self.served == model,
            }
            if run and model
            else None,
            "serving": {"endpoint": self.endpoint, "model_digest": self.served, "key_file": self.key_file}
            if self.served
            else None,
            "protection": [row.document() for row in self.protection],
        }


def show(status: Status, console: Console) -> None:
    """Prints the tables of `make status`."""
    services = Table("service", "healthy", "pid", "endpoint", title="Services")
    for name, one in status.services.items():
        services.add_row(name, "yes" if one.healthy else "[red]no[/]", str(one.pid or "-"), one.endpoint or "-")
    stacks = Table("stack", "resources", "last update", title="Stacks")
    for name, one in status.stacks.items():
        stacks.add_row(name, str(one["resources"]), str(one["last_update"]))
    # Of a site, nobody's programs are ours.
    if status.services:
        console.print(services)
    console.print(stacks)
    if status.run:
        _show_run(status.run, console)
    _show_protection(status, console)


def summary(status: Status, outcome: Outcome, console: Console) -> None:
    """What `make up` ends with: the answer, how good the model is, where things are, and how safe the data is."""
    run = status.run
    if run is None:
        return
    _show_run(run, console)
    _show_protection(status, console)
    trained, untrained, unigram = (
        run.metric("evaluate", name) for name in ("perplexity", "untrained_perplexity", "unigram_perplexity")
    )
    console.print(f"\nmodel     {run.metric('register', 'model')}, signed")
    console.print(f"held out  perplexity {trained}; untrained {untrained}, unigram {unigram}")
    console.print(f"endpoint  {status.endpoint}/v1/completions")
    console.print(f"key       in {status.key_file}", soft_wrap=True)
    console.print(f"MLflow    {status.mlflow}", soft_wrap=True)
    console.print()
    # What a model says may look like markup.
    console.print(outcome.prompt, markup=False, end="")
    console.print(outcome.answer, markup=False, style="bold")


def _show_run(run: Run, console: Console) -> None:
    stages = Table("stage", "state", "key", "seconds", title=f"Run {run.digest[:12]} {run.phase}")
    for stage in run.stages:
        stages.add_row(
            stage.name, stage.state, stage.key[:12], "-" if stage.seconds is None else f"{stage.seconds:.0f}"
        )
    console.print(stages)


def _show_protection(status: Status, console: Console) -> None:
    if not status.protection:
        return
    columns = ("class", "copies", "stores", "off site", "air-gapped", "locked until", "verified", "errors")
    rows = Table(*columns, title="Protection")
    for row in status.protection:
        rows.add_row(
            row.kind,
            str(row.copies),
            str(row.stores),
            _yes(row.off_site),
            _yes(row.air_gapped),
            _minute(row.locked_until),
            _minute(row.verified_at),
            str(row.errors),
        )
    console.print(rows)
    for row in status.protection:
        if row.missing:
            console.print(f"3-2-1-1-0: {row.kind} lacks {', '.join(row.missing)}")
    console.print("Which media the stores write to is not measured: two stores on one disk are one medium.")


def _minute(time: str | None) -> str:
    return "-" if time is None else f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M %Z}"


def _yes(good: bool) -> str:
    return "yes" if good else "no"
