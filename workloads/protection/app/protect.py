"""Copies a run to the vault, then off site, each object under a lock, then reads every copy back and compares."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workloads.protection.app.identity import Identity
from workloads.protection.app.locked import Kept, LockedStore, offsite, retained_until, vault
from workloads.stage.app.attempt import Attempt, Metrics, now, run, say
from workloads.stage.app.error import StageError
from workloads.stage.app.manifest import Manifest, StoredObject, canonical, digest

TRAINING_DATA, WEIGHTS, PIPELINE_CONFIG = "training-data", "weights", "pipeline-config"
CLASSES = (TRAINING_DATA, WEIGHTS, PIPELINE_CONFIG)
_CLASS_OF = {"ingest": TRAINING_DATA, "clean": TRAINING_DATA, "train": WEIGHTS, "register": WEIGHTS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """One object and where its copies are."""

    kind: str
    item: StoredObject
    copies: tuple[Kept, Kept]
    wrong: tuple[str, ...]
    """The endpoints of the stores that gave other bytes back than were put."""


def protect(attempt: Attempt) -> Metrics:
    until, run_id = retained_until(), attempt.spec.run
    stores = (vault(), offsite())
    first, *rest = _protected(attempt)

    def copy(kind: str, item: StoredObject) -> Copied:
        return _copy(attempt, stores, kind, item, f"{run_id}/{kind}/{item.object}", until)

    copied = [copy(*first)]
    # Where two stores are one, the first object shows it, before the rest is copied.
    identity = Identity.of(attempt.store, *stores, copied[0].copies)
    copied += [copy(*one) for one in rest]
    put = sum(kept.put for one in copied for kept in one.copies)
    renewed = sum(kept.renewed for one in copied for kept in one.copies)
    say(f"protect: {len(copied)} objects in 2 stores, {put} put now, {renewed} of those because what stood differed")
    _refuse_wrong([one for one in copied if one.wrong])
    index = attempt.folder / "protected.json"
    index.write_bytes(canonical([_entry(one) for one in copied]))
    attempt.put(index.name, index)
    return {
        "table": [_row(kind, [one for one in copied if one.kind == kind], identity) for kind in CLASSES],
        "objects": len(copied),
        "put": put,
        "renewed": renewed,
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
    attempt: Attempt,
    stores: tuple[LockedStore, LockedStore],
    kind: str,
    item: StoredObject,
    path: str,
    until: datetime,
) -> Copied:
    local: Path = attempt.fetch(item, attempt.folder / "copy")
    # The vault first: where the way off site is down, one locked copy exists already.
    first, second = (store.keep(path, local, item.sha256, item.size, until) for store in stores)
    wrong = tuple(
        store.endpoint
        for store, kept in zip(stores, (first, second), strict=True)
        # What existed already was read when it was kept.
        if kept.put and not store.gives_back(kept, item.sha256)
    )
    return Copied(kind=kind, item=item, copies=(first, second), wrong=wrong)


def _refuse_wrong(wrong: Sequence[Copied]) -> None:
    """Raises StageError where a copy is not what was put."""
    if not wrong:
        return
    endpoints = sorted({endpoint for one in wrong for endpoint in one.wrong})
    raise StageError(
        wrong[0].item.object,
        wrong[0].item.sha256,
        f"is read back as it was put, and {' and '.join(endpoints)} gave other bytes of {len(wrong)} objects back",
        "repair the disk of that store, then deploy again: each copy that differs gets a new version",
    )


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


def _row(kind: str, copied: Sequence[Copied], identity: Identity) -> dict[str, object]:
    """One class of the protection table."""
    return {
        "class": kind,
        "objects": len(copied),
        "bytes": sum(one.item.size for one in copied),
        # The one that the factory works on, the vault's and the one off site.
        "copies": 1 + min(len(one.copies) for one in copied),
        "stores": identity.stores,
        "off_site": identity.off_site,
        "air_gapped": False,
        "locked_until": min(kept.until for one in copied for kept in one.copies).isoformat(),
        "verified_at": now(),
        "errors": sum(len(one.wrong) for one in copied),
    }


if __name__ == "__main__":
    sys.exit(run("protect", protect))
