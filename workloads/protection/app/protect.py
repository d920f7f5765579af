"""Copies a run to the vault, then off site, each object under a lock, then reads every copy back and compares."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workloads.protection.app.locked import Kept, LockedStore, offsite, retained_until, vault
from workloads.stage.app.attempt import Attempt, Metrics, now, run, say
from workloads.stage.app.fault import StageFault
from workloads.stage.app.manifest import Manifest, StoredObject, canonical, digest

TRAINING_DATA, WEIGHTS, PIPELINE_CONFIG = "training-data", "weights", "pipeline-config"
CLASSES = (TRAINING_DATA, WEIGHTS, PIPELINE_CONFIG)
_CLASS_OF = {"ingest": TRAINING_DATA, "clean": TRAINING_DATA, "train": WEIGHTS, "register": WEIGHTS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """One object and where its copies are."""

    kind: str
    item: StoredObject
    copies: tuple[Kept, ...]
    wrong: int
    """How many copies gave other bytes back."""


def protect(attempt: Attempt) -> Metrics:
    until, run_id = retained_until(), attempt.spec.run
    stores = (vault(), offsite())
    copied = [
        _copy(attempt, stores, kind, item, f"{run_id}/{kind}/{item.object}", until)
        for kind, item in _protected(attempt)
    ]
    put = sum(kept.put for one in copied for kept in one.copies)
    say(f"protect: {len(copied)} objects in {len(stores)} stores, {put} put now, the rest stood")
    for one in copied:
        if one.wrong:
            rule = f"is read back as it was written from every store ({one.wrong} of {len(stores)} differ)"
            raise StageFault(
                one.item.object, one.item.sha256, rule, "see to the store's disk, then run the stage again"
            )
    index = attempt.folder / "protected.json"
    index.write_bytes(canonical([_entry(one) for one in copied]))
    attempt.put(index.name, index)
    endpoints = [attempt.store.endpoint, *(store.endpoint for store in stores)]
    return {
        "table": [_row(kind, [one for one in copied if one.kind == kind], endpoints) for kind in CLASSES],
        "objects": len(copied),
        "put": put,
    }


def _protected(attempt: Attempt) -> list[tuple[str, StoredObject]]:
    """Every object of the run by class: what the stages wrote, then their manifests and the recipe."""
    manifests: dict[str, Manifest] = {}
    found: list[tuple[str, StoredObject]] = []
    left = dict(attempt.spec.inputs)
    while left:
        stage, key = left.popitem()
        if stage not in manifests:
            manifests[stage], item = attempt.manifest(stage, key)
            kind = _CLASS_OF.get(stage, PIPELINE_CONFIG)
            found += [(PIPELINE_CONFIG, item), *((kind, item) for item in manifests[stage].objects)]
            left.update(manifests[stage].inputs)
    sections = {stage: made.recipe for stage, made in manifests.items()} | {"protect": attempt.spec.recipe.values}
    content = canonical(sections)
    # Not below this attempt: a second attempt names the same object, and the vault holds it once.
    path = f"stages/protect/{attempt.spec.key}/recipe.json"
    attempt.store.put(path, content)
    recipe = StoredObject(name="recipe.json", object=path, sha256=digest(content), size=len(content))
    found.append((PIPELINE_CONFIG, attempt.refer(recipe)))
    return sorted(found, key=lambda one: (one[0], one[1].object))


def _copy(
    attempt: Attempt, stores: Sequence[LockedStore], kind: str, item: StoredObject, path: str, until: datetime
) -> Copied:
    local: Path = attempt.fetch(item, attempt.folder / "copy")
    # The vault first: where the way off site is down, one locked copy stands already.
    copies = tuple(store.keep(path, local, item.sha256, item.size, until) for store in stores)
    wrong = sum(store.digest(kept) != item.sha256 for store, kept in zip(stores, copies, strict=True))
    return Copied(kind=kind, item=item, copies=copies, wrong=wrong)


def _entry(one: Copied) -> dict[str, object]:
    """What a restore needs of one object: the exact version in each store."""
    return {
        "class": one.kind,
        "object": one.item.object,
        "sha256": one.item.sha256,
        "size": one.item.size,
        "path": one.copies[0].path,
        "versions": [kept.version for kept in one.copies],
    }


def _row(kind: str, copied: Sequence[Copied], endpoints: Sequence[str]) -> dict[str, object]:
    """One class of the protection table; `endpoints` are those of the source, the vault and the off-site store."""
    return {
        "class": kind,
        "objects": len(copied),
        "bytes": sum(one.item.size for one in copied),
        # The one that the factory works on, the vault's and the one off site.
        "copies": 1 + min(len(one.copies) for one in copied),
        # A store with disks of its own has an endpoint of its own.
        "media": len(set(endpoints)),
        "off_site": endpoints[-1] not in endpoints[:-1],
        "air_gapped": False,
        "locked_until": min(kept.until for one in copied for kept in one.copies).isoformat(),
        "verified_at": now(),
        "errors": sum(one.wrong for one in copied),
    }


if __name__ == "__main__":
    sys.exit(run("protect", protect))
