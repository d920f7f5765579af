"""What a finished stage left: every object by digest, its inputs by key, and what it measured."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self, cast

from workloads.stage.app.error import StageError


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """One object of a stage."""

    name: str
    object: str
    """Its path in the bucket."""
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The record of one stage; where it stands, all that it names stands."""

    stage: str
    key: str
    inputs: Mapping[str, str]
    run: str
    code: str
    environment: str
    image: str
    recipe: Mapping[str, object]
    objects: tuple[StoredObject, ...]
    metrics: Mapping[str, object]
    started: str
    finished: str

    def encode(self) -> bytes:
        return canonical(asdict(self))

    @classmethod
    def decode(cls, content: bytes, path: str) -> Self:
        """Raises StageError where the object at `path` is no manifest."""
        try:
            values = cast(dict[str, object], json.loads(content))
            objects = tuple(
                StoredObject(
                    name=cast(str, item["name"]),
                    object=cast(str, item["object"]),
                    sha256=cast(str, item["sha256"]),
                    size=cast(int, item["size"]),
                )
                for item in cast(list[Mapping[str, object]], values["objects"])
            )
            return cls(
                stage=cast(str, values["stage"]),
                key=cast(str, values["key"]),
                inputs=cast(dict[str, str], values["inputs"]),
                run=cast(str, values["run"]),
                code=cast(str, values["code"]),
                environment=cast(str, values["environment"]),
                image=cast(str, values["image"]),
                recipe=cast(dict[str, object], values["recipe"]),
                objects=objects,
                metrics=cast(dict[str, object], values["metrics"]),
                started=cast(str, values["started"]),
                finished=cast(str, values["finished"]),
            )
        except (ValueError, KeyError, TypeError):
            shown = content[:60].decode(errors="replace")
            raise StageError(path, shown, "is a stage's manifest", "restore it from the vault") from None

    def named(self, name: str) -> StoredObject:
        for item in self.objects:
            if item.name == name:
                return item
        raise StageError(
            manifest_path(self.stage, self.key),
            name,
            "is one of the objects of this stage",
            "run the stage again under a new key",
        )


def canonical(value: object) -> bytes:
    """One encoding for one value, so that equal values have equal digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest_path(stage: str, key: str) -> str:
    return f"stages/{stage}/{key}/manifest.json"


def attempt_path(stage: str, key: str, attempt: str, name: str) -> str:
    return f"stages/{stage}/{key}/attempts/{attempt}/{name}"
