"""What a stage is told: its key, its inputs and its own section of the recipe."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self, cast

from workloads.stage.app.error import StageError

_REMEDY = "a stage is started by the workflow, which mounts its specification"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section of a recipe, read by type; `workloads.recipe` has judged its values before anything ran."""

    stage: str
    values: Mapping[str, object]

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value(name, default)
        return value if isinstance(value, str) else self._refuse(name, value, "is text")

    def whole(self, name: str, default: int | None = None) -> int:
        value = self._value(name, default)
        return (
            value
            if isinstance(value, int) and not isinstance(value, bool)
            else self._refuse(name, value, "is a whole number")
        )

    def number(self, name: str, default: float | None = None) -> float:
        value = self._value(name, default)
        return (
            float(value)
            if isinstance(value, int | float) and not isinstance(value, bool)
            else self._refuse(name, value, "is a number")
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self._value(name, None)
        whole: object = value
        items = cast(list[object], value) if isinstance(value, list) else [value]
        return tuple(
            item if isinstance(item, str) else self._refuse(name, whole, "is text or a list of texts") for item in items
        )

    def _value(self, name: str, default: object) -> object:
        value = self.values.get(name, default)
        return self._refuse(name, value, "must be set") if value is None else value

    def _refuse(self, name: str, value: object, rule: str) -> NoReturn:
        raise StageError(f"recipe.{self.stage}.{name}", value, rule, f"correct `{name}` in the recipe")


@dataclass(frozen=True, kw_only=True, slots=True)
class StageSpec:
    """One stage of one run."""

    stage: str
    key: str
    """64 hex digits: the digest of everything that decides what the stage writes."""
    run: str
    inputs: Mapping[str, str]
    """The keys of the stages that it reads."""
    recipe: Section
    code: str
    environment: str
    image: str

    @classmethod
    def read(cls) -> Self:
        """From the file that STAGE_SPEC_FILE names, or from STAGE_SPEC itself where a program is started by hand.

        Pods have the file: a variable of the environment holds at most 128 KiB (Linux, MAX_ARG_STRLEN).
        Raises StageError where there is no specification.
        """
        name = os.environ.get("STAGE_SPEC_FILE", "")
        if not name:
            return cls.parse(os.environ.get("STAGE_SPEC", ""))
        try:
            text = Path(name).read_text()
        except (OSError, ValueError) as error:
            raise StageError("STAGE_SPEC_FILE", name, f"is a file that can be read ({error})", _REMEDY) from None
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises StageError where `text` is no specification."""
        remedy = _REMEDY
        try:
            found = cast(object, json.loads(text))
        except json.JSONDecodeError:
            raise StageError("STAGE_SPEC", text[:80], "is a JSON object", remedy) from None
        if not isinstance(found, dict):
            raise StageError("STAGE_SPEC", text[:80], "is a JSON object", remedy)
        values = cast(dict[str, object], found)
        for name in ("stage", "key", "run", "code", "environment", "image"):
            if not isinstance(values.get(name), str):
                raise StageError(f"STAGE_SPEC.{name}", values.get(name), "is text", remedy)
        for name in ("inputs", "recipe"):
            if not isinstance(values.get(name), dict):
                raise StageError(f"STAGE_SPEC.{name}", values.get(name), "is an object", remedy)
        stage = str(values["stage"])
        return cls(
            stage=stage,
            key=str(values["key"]),
            run=str(values["run"]),
            inputs=cast(dict[str, str], values["inputs"]),
            recipe=Section(stage=stage, values=cast(dict[str, object], values["recipe"])),
            code=str(values["code"]),
            environment=str(values["environment"]),
            image=str(values["image"]),
        )
