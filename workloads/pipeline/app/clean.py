"""Makes a snapshot fit to train on, and sets documents aside that training never sees."""

import sys
from itertools import chain

from workloads.pipeline.app import cleaning
from workloads.stage.app.attempt import Attempt, Metrics, run
from workloads.stage.app.documents import Shards, documents
from workloads.stage.app.fault import StageFault


def clean(attempt: Attempt) -> Metrics:
    snapshot = attempt.input("ingest")
    found = chain.from_iterable(documents(attempt.fetch(item)) for item in snapshot.objects)
    texts, dropped = cleaning.clean(found)
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items())) or "none dropped"
    remedy = "give `recipe.ingest.source` more documents that are UTF-8 text"
    source = snapshot.recipe.get("source")
    if not texts:
        raise StageFault("recipe.ingest.source", source, f"has documents that are text ({reasons})", remedy)
    train, held_out = cleaning.split(texts, attempt.spec.recipe.number("held_out"))
    if not train or not held_out:
        raise StageFault("recipe.ingest.source", source, f"has two distinct texts or more ({reasons})", remedy)
    for name, part in (("train", train), ("held-out", held_out)):
        with Shards(attempt.folder, name) as shards:
            for text in part:
                shards.write({"path": text.path, "sha256": text.sha256, "text": text.text})
        for file in shards.files:
            attempt.put(file.name, file)
    return {
        "train_documents": len(train),
        "held_out_documents": len(held_out),
        "characters": sum(len(text.text) for text in texts),
        **{f"dropped_{reason}": dropped[reason] for reason in ("empty", "binary", "undecodable", "duplicate")},
    }


if __name__ == "__main__":
    sys.exit(run("clean", clean))
