"""DCGM's own diagnosis of a node's cards."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import cast


def diagnose(level: int) -> str:
    """What it finds wrong, "" for nothing; "" too where the image has no dcgmi."""
    if not shutil.which("dcgmi"):
        return ""
    command = ["dcgmi", "diag", "--run", str(level), "--json"]
    ended = subprocess.run(command, capture_output=True, check=False, text=True, timeout=1500)
    try:
        return ", ".join(sorted(set(failed(json.loads(ended.stdout)))))
    except json.JSONDecodeError:
        return f"dcgmi ended with {ended.returncode}: {' '.join(ended.stderr.split())[:200]}"


def failed(document: object, name: str = "") -> Iterator[str]:
    """Names of the tests that failed, wherever they are: the document's shape differs between DCGM 3 and 4."""
    if isinstance(document, list):
        for item in cast(list[object], document):
            yield from failed(item, name)
    elif isinstance(document, dict):
        values = cast(dict[str, object], document)
        named = str(values.get("name", name))
        if str(values.get("status", "")).lower() == "fail":
            yield named
        for value in values.values():
            yield from failed(value, named)
