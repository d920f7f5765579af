"""The one reader of documents that users write: pydantic's types, and its errors as faults, all of them at once."""

import re
from collections.abc import Iterable
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Annotated, Self, TypeVar, cast

import yaml
from pydantic import (
    AfterValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    Strict,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic.dataclasses import dataclass as parsed
from pydantic_core import ArgsKwargs, CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from components.violations import SpecError, Violation

__all__ = ["Number", "Rule", "Section", "Text", "Whole", "broken", "full", "load", "parsed", "read"]

Document = TypeVar("Document")
Whole = Annotated[int, Strict()]
"""True is an int to Python, and 2.0 or "2" is a slip that a reader of the document should see."""
Number = Annotated[float, Strict()]
Text = Annotated[str, Strict()]
BROKEN = "rule"
# pydantic's own words say what its parser wanted, not what its reader does.
WORDS = {
    "extra_forbidden": ("there is no such key", "correct or remove it"),
    "missing": ("it is required", "add it"),
    "dict_type": ("it is a mapping", ""),
    "list_type": ("it is a list", ""),
    "string_type": ("it is text", ""),
    "int_type": ("it is a whole number", ""),
    "bool_type": ("it is true or false", ""),
}


class _Missing:
    def __repr__(self) -> str:
        return "(missing)"


# What stands at a key that a document lacks: the key's own rule refuses it, as it does any other wrong value.
MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of a field, as metadata of its type: `Annotated[int, Ge(1), Rule("it is 1 or more")]`."""

    rule: str
    """A sentence that is true of good values."""
    remedy: str = ""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._judged, handler(source))

    def _judged(self, value: object, inner: ValidatorFunctionWrapHandler) -> object:
        try:
            return cast("object", inner(value))
        except ValidationError:
            raise broken(self.rule, self.remedy) from None


@parsed(frozen=True, kw_only=True, slots=True, config=ConfigDict(allow_inf_nan=False))
class Section:
    """A mapping of a document: a key for each field and no other, each judged by its own type."""

    def violations(self) -> Iterable[Violation]:
        """What is wrong between values that are good each for itself; paths are keys of this section."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, given: object, inner: ModelWrapValidatorHandler[Self]) -> Self:
        # What a program makes by arguments was typed there.
        if isinstance(given, ArgsKwargs | Section):
            return inner(given)
        keys = {field.name: field for field in fields(cls)}
        if not isinstance(given, dict):
            raise broken(f"it is a mapping of {', '.join(keys)}")
        values = {str(key): value for key, value in cast("dict[object, object]", given).items()}
        wrong = [
            _detail(Violation(key, value, f"the keys are {', '.join(keys)}", "correct or remove it"))
            for key, value in values.items()
            if key not in keys
        ]
        absent = {name: MISSING for name, field in keys.items() if _required(field)}
        try:
            made = inner(absent | {key: value for key, value in values.items() if key in keys})
        except ValidationError as error:
            wrong += [_again(one) for one in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, wrong) from None
        wrong += [_detail(violation) for violation in made.violations()]
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return made


def load(path: Path, subject: str, key: str, remedy: str) -> object:
    """What a file of YAML or JSON holds. Raises SpecError where it cannot be read, or is neither."""
    try:
        return cast("object", yaml.safe_load(path.read_text()))
    except (OSError, UnicodeDecodeError) as error:
        message = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SpecError(subject, (Violation(key, str(path), f"the file can be read ({message})", remedy),)) from None
    except yaml.YAMLError as error:
        message = " ".join(str(error).split())
        raise SpecError(
            subject, (Violation(key, str(path), f"the file is YAML or JSON ({message})", "correct it"),)
        ) from None


def read(kind: type[Document], values: object, subject: str, name: str = "document") -> Document:
    """A document as `kind`. Raises SpecError of `subject` with every violation; `name` is the path of the document itself."""
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise SpecError(subject, tuple(_fault(one, name) for one in error.errors(include_url=False))) from None


def full(pattern: str) -> AfterValidator:
    """Text that matches a pattern from its first character to its last."""
    compiled = re.compile(pattern)

    def matching(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise broken(f"it matches {pattern}")
        return value

    return AfterValidator(matching)


def broken(rule: str, remedy: str = "") -> PydanticCustomError:
    """What a validator raises for a value that breaks its rule."""
    return PydanticCustomError(BROKEN, "{rule}", {"rule": rule, "remedy": remedy})


def _required(field: Field[object]) -> bool:
    return field.default is NO_DEFAULT and field.default_factory is NO_DEFAULT


def _detail(violation: Violation) -> InitErrorDetails:
    return InitErrorDetails(type=broken(violation.rule, violation.remedy), loc=(violation.path,), input=violation.value)


def _again(one: ErrorDetails) -> InitErrorDetails:
    found = _fault(one, "")
    return InitErrorDetails(type=broken(found.rule, found.remedy), loc=one["loc"], input=one["input"])


def _fault(one: ErrorDetails, name: str) -> Violation:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in one["loc"]).lstrip(".")
    message = one.get("ctx", {})
    rule, remedy = (
        (message["rule"], message["remedy"]) if one["type"] == BROKEN else WORDS.get(one["type"], (one["msg"], ""))
    )
    # pydantic shows the mapping around a key that is missing.
    value = MISSING if one["type"] == "missing" else one["input"]
    return Violation(path or name, value, str(rule), str(remedy))
