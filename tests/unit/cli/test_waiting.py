"""A run is waited for however long it takes; meanwhile it is said what it does, and what it waits for."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from rich.console import Console

from cli.objects import Objects
from cli.runs import SILENCE, Lifecycle
from components.errors import FactoryError
from host.progress import Progress

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DIGEST = "0123456789ab" + "0" * 52
DECLARED = {"digest": DIGEST, "stages": {"ingest": "1" * 64, "train": "2" * 64}}
# Answers with the file of the question's name; where there is none, as one that reaches no server.
KUBECTL = """#!/bin/sh
case "$*" in
    *"get workflow/"*) file=workflow ;;
    *"get pods"*) file=pods ;;
    *logs*) file=log ;;
esac
cat "$(dirname "$0")/$file" 2>/dev/null && exit
echo "The connection to the server was refused" >&2
exit 1
"""


class Shelf(Objects):
    """A store that has the manifests that it is given."""

    def __init__(self) -> None:
        super().__init__("objects", "", cast("S3Client", None))
        self.documents: dict[str, dict[str, object]] = {}

    def document(self, path: str) -> dict[str, object] | None:
        return self.documents.get(path)


@dataclass
class Story:
    """A cluster whose state changes each time that somebody pauses; a pause takes two minutes."""

    folder: Path
    objects: Shelf = field(default_factory=Shelf)
    events: Iterator[object] = field(default_factory=lambda: iter(()))
    time: float = 0

    def now(self) -> float:
        return self.time

    def pause(self, seconds: float) -> None:
        assert seconds <= 10
        self.time += 120
        next(self.events)

    def workflow(self, phase: str, **stages: str) -> None:
        nodes = {name: {"displayName": name, "phase": state} for name, state in stages.items()}
        self.write("workflow", {"status": {"phase": phase, "message": "", "nodes": nodes}} if phase else {"status": {}})

    def write(self, name: str, document: object) -> None:
        (self.folder / name).write_text(document if isinstance(document, str) else json.dumps(document))

    def wait(self, events: Iterable[object]) -> str:
        """What is printed while the run is waited for."""
        self.events = iter(events)
        output = StringIO()
        progress = Progress(Console(file=output, width=400))
        lifecycle = Lifecycle([self.folder / "kubectl"], self.objects, self)
        try:
            lifecycle.wait(DECLARED, progress)
        finally:
            self.output = output.getvalue()
        return self.output


@pytest.fixture
def story(tmp_path: Path) -> Story:
    (tmp_path / "kubectl").write_text(KUBECTL)
    (tmp_path / "kubectl").chmod(0o755)
    story = Story(tmp_path)
    story.write("pods", {"items": []})
    story.write("log", "")
    story.workflow("Running", ingest="Running")
    return story


def test_a_run_of_more_than_an_hour_was_given_up(story: Story) -> None:
    def hours() -> Iterator[None]:
        for number in range(100):
            story.workflow("Running", ingest="Succeeded", train="Running")
            story.write("log", f"train: step {number * 1000} of 100000, loss 3.2\ntime=00:00 level=INFO argo\n")
            yield
        story.workflow("Succeeded", ingest="Succeeded", train="Succeeded")
        yield

    output = story.wait(hours())
    assert story.time > 3 * 3600
    # In between it is said how far it is, and once that a stage runs.
    assert output.count("train: running") == 1
    assert "train: step 42000 of 100000, loss 3.2" in output
    assert "level=INFO" not in output


def test_a_server_that_is_away_for_a_moment_ends_no_wait(story: Story) -> None:
    def restarts() -> Iterator[None]:
        (story.folder / "workflow").unlink()
        yield
        yield
        story.workflow("Succeeded")
        yield

    story.wait(restarts())


def test_a_server_that_stays_away_ends_the_wait_and_not_the_run(story: Story) -> None:
    def ends() -> Iterator[None]:
        (story.folder / "workflow").unlink()
        while True:
            yield

    with pytest.raises(FactoryError, match=r"run 0123456789ab goes on in the cluster.*(?s:.*)connection to the server"):
        story.wait(ends())
    assert SILENCE <= story.time < SILENCE + 480


def test_an_interrupted_wait_says_how_to_come_back(story: Story) -> None:
    def interrupt() -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        story.wait(interrupt())
    assert "run 0123456789ab goes on in the cluster; the same command waits for it again" in story.output
    assert "delete workflow run-0123456789ab" in story.output


def test_a_wait_for_a_run_that_ended_meanwhile_ends_at_once(story: Story) -> None:
    story.workflow("Succeeded")
    story.wait(())
    assert story.time == 0


def test_a_run_that_somebody_removed_is_not_waited_for(story: Story) -> None:
    def removed() -> Iterator[None]:
        story.write("workflow", "")
        yield

    with pytest.raises(FactoryError, match="its Workflow was removed from the cluster"):
        story.wait(removed())


def test_a_run_that_no_controller_takes_up_is_told(story: Story) -> None:
    def idle() -> Iterator[None]:
        story.workflow("")
        yield
        yield
        story.workflow("Succeeded")
        yield

    assert "no controller has begun the run" in story.wait(idle())


def test_a_pod_that_fits_no_node_was_waited_for_in_silence(story: Story) -> None:
    scheduled = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
    }
    metadata = {"name": "train-0", "labels": {"aifactory/stage": "train"}, "creationTimestamp": "2026-01-01T00:00:00Z"}
    pulling = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    following = {"state": {"waiting": {"reason": "PodInitializing"}}}
    story.write(
        "pods",
        {
            "items": [
                {"metadata": metadata, "status": {"phase": "Pending", "conditions": [scheduled]}},
                {
                    "metadata": {**metadata, "name": "train-1"},
                    "status": {
                        "phase": "Pending",
                        "initContainerStatuses": [pulling],
                        "containerStatuses": [following],
                    },
                },
                {
                    "metadata": {**metadata, "name": "train-2", "creationTimestamp": "2999-01-01T00:00:00Z"},
                    "status": {"phase": "Pending", "conditions": [scheduled]},
                },
                {"metadata": {**metadata, "name": "train-3"}, "status": {"phase": "Running"}},
            ]
        },
    )

    def pending() -> Iterator[None]:
        for _ in range(5):
            yield
        story.workflow("Succeeded")
        yield

    lines = [line.strip() for line in story.wait(pending()).splitlines() if "pending" in line]
    # Each once, however long it lasts.
    assert lines == [
        "train: pod train-0 is pending: Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        "train: pod train-1 is pending: ImagePullBackOff: no such image",
    ]


def test_a_stage_that_failed_says_why(story: Story) -> None:
    def fails() -> Iterator[None]:
        story.workflow("Failed", ingest="Succeeded", train="Failed")
        story.write("log", "train: recipe.train.learning_rate = 1.0: is lower\nError: exit status 2\n")
        yield

    with pytest.raises(FactoryError, match=r"    train: train: recipe\.train\.learning_rate = 1\.0: is lower$"):
        story.wait(fails())
