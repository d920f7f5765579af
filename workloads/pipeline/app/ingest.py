"""Pins a source: whatever it says later, this run reads the snapshot that it commits here."""

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from workloads.pipeline.app import formats
from workloads.pipeline.app.losses import Lost, NotTaken
from workloads.pipeline.app.sources import REMEDY, File, Source, source_of, spread
from workloads.stage.app.attempt import Attempt, Metrics, run, say
from workloads.stage.app.documents import PART_BYTES, Document, Shards, packed
from workloads.stage.app.error import StageError


@dataclass(slots=True)
class Snapshot:
    """The documents that are taken, up to `room` bytes of them."""

    shards: Shards
    scratch: Path
    room: int
    text_field: str
    not_taken: NotTaken
    documents: int = 0
    bytes: int = 0
    lost_files: int = 0

    def take(self, source: Source, files: list[File]) -> None:
        """Takes the documents of each file in turn; of a file that is damaged, the records before that place."""
        for file in files:
            plain = formats.form(file.name) == "plain"
            known = file.size if plain and not formats.is_compressed(file.name) else None
            # What is too large by its size alone need not be opened.
            if self.room < max(1, known or 0):
                self.not_taken.add("over_max_bytes", file.path)
                continue
            try:
                with source.open(file, self.room if plain else None) as content:
                    self._take(file, content)
            except Lost as lost:
                self.lost_files += 1
                self.not_taken.add(lost.cause, file.path)

    def _take(self, file: File, content: BinaryIO) -> None:
        for document in formats.documents(file.path, file.name, content, self.text_field, self.not_taken):
            if not self._add(document):
                # Once for the whole file: what is left of it is not read.
                self.not_taken.add("over_max_bytes", document.path)
                return

    def _add(self, document: Document) -> bool:
        """Whether the document fits; it is held aside until that is known, for part of one is never taken."""
        size, hashed = 0, hashlib.sha256()
        with tempfile.SpooledTemporaryFile[bytes](PART_BYTES, dir=str(self.scratch)) as aside:
            for chunk in document.chunks:
                size += len(chunk)
                if size > self.room:
                    return False
                hashed.update(chunk)
                aside.write(chunk)
            aside.seek(0)
            # A name that is no UTF-8 is kept readable and distinct.
            path = document.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            for line in packed(self.documents, path, hashed.hexdigest(), cast(BinaryIO, aside)):
                self.shards.write(line)
        self.documents += 1
        self.bytes += size
        self.room -= size
        return True


def ingest(attempt: Attempt) -> Metrics:
    recipe = attempt.spec.recipe
    names, max_bytes, max_loss = recipe.texts("source"), recipe.whole("max_bytes"), recipe.number("max_loss")
    source, not_taken = source_of(names, attempt.folder / "download"), NotTaken()
    files = spread(source.files(not_taken))
    beside = not_taken.lost
    with Shards(attempt.folder, "documents") as shards:
        taken = Snapshot(shards, attempt.folder, max_bytes, recipe.text("text_field"), not_taken)
        taken.take(source, files)
    if not_taken.counts:
        say(f"ingest: not taken: {not_taken}")
    if not taken.bytes:
        shown = names[0] if len(names) == 1 else list(names)
        rule = (
            f"has a readable document that is not empty (found {len(files) + beside} of at most {max_bytes} bytes in "
            f"all; not taken: {not_taken})"
        )
        raise StageError("recipe.ingest.source", shown, rule, REMEDY)
    not_taken.require(max_loss, "files", beside + taken.lost_files, len(files) + beside)
    not_taken.require(max_loss, "documents", not_taken.lost, taken.documents + not_taken.lost)
    for file in shards.files:
        attempt.put(file.name, file)
        file.unlink()
    return {
        "files": len(files) + beside,
        "documents": taken.documents,
        "bytes": taken.bytes,
        "lost": not_taken.lost,
        "not_taken": dict(not_taken.counts),
    }


if __name__ == "__main__":
    sys.exit(run("ingest", ingest))
