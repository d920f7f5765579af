"""One of the programs beside this as a stack of the real engine, with its state in a folder of its own."""

import json
import tempfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from benchmarks.moto import ACCOUNT, Moto
from benchmarks.record import NotAtHand, Record
from host.documents import mapping, sequence, text
from tests.support.engine import Stack
from toolchain.install import Toolchain

PROGRAMS = Path(__file__).parent / "programs"


def require() -> None:
    """Raises NotAtHand where the engine or its plugin is not there yet."""
    missing = [tool.name for tool in Toolchain().missing() if tool.name in ("pulumi", "pulumi-kubernetes")]
    if missing:
        raise NotAtHand("the engine and its plugin are not in the cache; `make fetch` brings them")


@contextmanager
def fresh(program: str, moto: Moto) -> Generator[Stack]:
    """A stack of a program that was never deployed, on an empty moto."""
    moto.empty()
    with tempfile.TemporaryDirectory(prefix="bench-stack-") as name:
        folder = Path(name)
        (folder / "kubeconfig").write_text("{}")
        stack = Stack(folder=folder, environment=ACCOUNT)
        stack.program((PROGRAMS / program / "__main__.py").read_text())
        stack.init()
        settings = {"endpoint": moto.endpoint, "kubeconfig": str(folder / "kubeconfig")}
        given = [part for key, value in settings.items() for part in ("--plaintext", f"{key}={value}")]
        stack.succeeds("config", "set-all", *given, "--stack", stack.name)
        yield stack


def deploy(record: Record, program: str, moto: Moto) -> Counter[str]:
    """Times a preview and an `up` of a stack that is not there yet; what it made, by type."""
    with fresh(program, moto) as stack:
        with record.timed(f"preview, {program}"):
            stack.succeeds("preview", "--stack", stack.name)
        with record.timed(f"up, {program}"):
            stack.succeeds("up", "--yes", "--skip-preview", "--stack", stack.name)
        return made(stack)


def made(stack: Stack) -> Counter[str]:
    """Count of each type in the state; neither the stack itself nor components and providers are anything that is made."""
    exported = mapping(cast("object", json.loads(stack.succeeds("stack", "export", "--stack", stack.name))))
    entries = [mapping(item) for item in sequence(mapping(exported.get("deployment")).get("resources"))]
    kinds = (text(entry.get("type")) for entry in entries if entry.get("custom") is True)
    return Counter(kind for kind in kinds if not kind.startswith("pulumi:"))
