"""The signed manifest of a model: its files by digest, and what they came from."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self, cast

from workloads.stage.app.error import StageError
from workloads.stage.app.manifest import StoredObject, canonical

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model; the sha256 of its encoding is its name. It holds no time: made again, it has the same name."""

    files: tuple[StoredObject, ...]
    inputs: Mapping[str, Mapping[str, str]]
    """The stages it came from: {stage: {key, manifest_sha256}}."""
    metrics: Mapping[str, object]
    run: str
    recipe: Mapping[str, object]
    base: str | None
    """The digest of the model that this one was tuned from."""

    def encode(self) -> bytes:
        return canonical(asdict(self))

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Raises StageError where `content` is no model, or names a file that would leave its folder."""
        remedy = "register the model again"
        try:
            values = cast(dict[str, object], json.loads(content))
            files = tuple(
                StoredObject(
                    name=str(item["name"]),
                    object=str(item["object"]),
                    sha256=str(item["sha256"]),
                    size=int(str(item["size"])),
                )
                for item in cast(list[Mapping[str, object]], values["files"])
            )
            model = cls(
                files=files,
                inputs=cast(dict[str, Mapping[str, str]], values["inputs"]),
                metrics=cast(dict[str, object], values["metrics"]),
                run=str(values["run"]),
                recipe=cast(dict[str, object], values["recipe"]),
                base=cast(str | None, values["base"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StageError(
                "model.json", content[:60].decode(errors="replace"), "is a model's manifest", remedy
            ) from None
        for item in files:
            if not _PLAIN.fullmatch(item.name):
                raise StageError("model.json", item.name, "is a plain file name", remedy)
        return model


def model_path(digest: str) -> str:
    return f"models/{digest}/model.json"


def signature_path(digest: str) -> str:
    return f"models/{digest}/model.json.sig"
