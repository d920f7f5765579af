"""Documents that nobody here wrote, such as JSON of an API: read by type, empty where something else stands."""

from typing import cast

Values = dict[str, object]


def mapping(value: object) -> Values:
    """A JSON object; empty for anything else."""
    return cast("Values", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """A JSON array; empty for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """A JSON string; empty for anything else."""
    return value if isinstance(value, str) else ""
