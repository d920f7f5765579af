"""Makes a snapshot fit to train on, and sets documents aside that training never sees."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from workloads.pipeline.app.corpus import Corpus
from workloads.pipeline.app.losses import NotTaken
from workloads.stage.app.attempt import Attempt, Metrics, run, say
from workloads.stage.app.documents import Line, Shards, Text, documents
from workloads.stage.app.error import StageError
from workloads.stage.app.manifest import Manifest, StoredObject
from workloads.stage.app.spec import Section


def clean(attempt: Attempt) -> Metrics:
    snapshot, not_taken = attempt.input("ingest"), NotTaken()
    with Corpus(attempt.folder) as corpus:
        for document in documents(_fetched(attempt, snapshot.objects)):
            reason = corpus.add(document)
            if reason is not None:
                not_taken.add(reason, document.path)
        split = corpus.split(attempt.spec.recipe.number("held_out"))
        duplicates, first = corpus.duplicates()
        not_taken.add("duplicate", first, duplicates)
        if not_taken.counts:
            say(f"clean: not taken: {not_taken}")
        _judge(snapshot, split.count, not_taken)
        characters = 0
        sizes: dict[str, int] = {}
        for name, held_out in (("train", False), ("held-out", True)):
            sizes[name], written = _write(attempt, name, corpus.texts(split, held_out=held_out))
            characters += written
    return {
        "train_documents": sizes["train"],
        "held_out_documents": sizes["held-out"],
        "characters": characters,
        "lost": not_taken.lost,
        "not_taken": dict(not_taken.counts),
    }


def _fetched(attempt: Attempt, objects: Iterable[StoredObject]) -> Iterator[Path]:
    """Files of a snapshot, each gone when the next is asked for."""
    for item in objects:
        path = attempt.fetch(item)
        yield path
        path.unlink()


def _judge(snapshot: Manifest, count: int, not_taken: NotTaken) -> None:
    """Raises StageError where too little of the snapshot is text, or too much of its source was lost up to here."""
    source = snapshot.recipe.get("source")
    remedy = "give `recipe.ingest.source` more documents that are UTF-8 text"
    if not count:
        raise StageError(
            "recipe.ingest.source", source, f"has documents that are text (not taken: {not_taken})", remedy
        )
    pinned = Section(stage="ingest", values=snapshot.recipe)
    before = Section(stage="ingest", values=snapshot.metrics)
    lost = before.whole("lost")
    not_taken.require(pinned.number("max_loss"), "documents", lost + not_taken.lost, lost + before.whole("documents"))
    if count == 1:
        rule = f"has two distinct texts or more (not taken: {not_taken})"
        raise StageError("recipe.ingest.source", source, rule, remedy)


def _write(attempt: Attempt, name: str, texts: Iterable[Text]) -> tuple[int, int]:
    """Puts one side's texts; returns how many documents and characters they are."""
    count = characters = 0
    with Shards(attempt.folder, name) as shards:
        for text in texts:
            line: Line = {"path": text.path, "sha256": text.sha256, "text": text.text}
            if text.part:
                line["part"] = text.part
            shards.write(line)
            count += text.part <= 1
            characters += len(text.text)
    for file in shards.files:
        attempt.put(file.name, file)
        file.unlink()
    return count, characters


if __name__ == "__main__":
    sys.exit(run("clean", clean))
