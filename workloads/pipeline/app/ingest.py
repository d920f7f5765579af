"""Pins a source: whatever it says later, this run reads the snapshot that it commits here."""

import hashlib
import sys

from workloads.pipeline.app.sources import REMEDY, found, sample
from workloads.stage.app.attempt import Attempt, Metrics, run
from workloads.stage.app.documents import Shards, packed
from workloads.stage.app.fault import StageFault


def ingest(attempt: Attempt) -> Metrics:
    recipe = attempt.spec.recipe
    source, max_bytes = recipe.texts("source"), recipe.whole("max_bytes")
    listed = found(source, attempt.folder / "download")
    count = size = 0
    with Shards(attempt.folder, "documents") as shards:
        for document in sample(listed, max_bytes):
            shards.write(packed(document, hashlib.sha256(document.data).hexdigest()))
            count += 1
            size += len(document.data)
    if not size:
        shown = source[0] if len(source) == 1 else list(source)
        rule = f"has a readable document that is not empty (found {len(listed)} of at most {max_bytes} bytes in all)"
        raise StageFault("recipe.ingest.source", shown, rule, REMEDY)
    for file in shards.files:
        attempt.put(file.name, file)
    return {"documents": count, "bytes": size, "left_out": len(listed) - count}


if __name__ == "__main__":
    sys.exit(run("ingest", ingest))
