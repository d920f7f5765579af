"""Declares what a test's table says: types, names and inputs as the wire has them, so that no SDK stands between."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pulumi

table = cast("dict[str, object]", json.loads(Path(os.environ["CONTRACT_TABLE"]).read_text()))
made: dict[str, pulumi.CustomResource] = {}
settings = cast("dict[str, str] | None", table.get("provider"))
provider = pulumi.ProviderResource("aws", "aws", settings) if settings else None


def resolved(value: object) -> object:
    """Replaces `${name.property}` by that property of what was declared before, and `${secret.text}` by a secret text."""
    if isinstance(value, dict):
        return {key: resolved(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [resolved(item) for item in cast("list[object]", value)]
    if isinstance(value, str) and value.startswith("${"):
        name, _, part = value[2:-1].partition(".")
        if name == "secret":
            return pulumi.Output.secret(part)
        found = cast("pulumi.Output[object]", getattr(made[name], part))
        return found.apply(lambda plain: str(int(plain)) if isinstance(plain, float) else plain)
    return value


for entry in cast("list[dict[str, object]]", table["resources"]):
    name, inputs = str(entry["name"]), cast("dict[str, object]", entry["inputs"])
    # An output is given to the program only where it was asked for.
    asked = dict.fromkeys(cast("list[str]", entry.get("outputs", [])))
    options = pulumi.ResourceOptions(
        provider=provider,
        import_=cast("str | None", entry.get("import")),
        replace_on_changes=cast("list[str]", entry.get("replace_on_changes", [])),
    )
    props = {**asked, **{key: resolved(value) for key, value in inputs.items()}}
    made[name] = pulumi.CustomResource(str(entry["type"]), name, props, options)
