"""The machine that figures come from: what it is, never what it is called."""

import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from host.cache import REPOSITORY
from host.documents import Values, text


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What decides how fast things are here."""

    cpu: str
    cores: int
    """Those that this process may use."""
    memory_gib: float
    kernel: str
    python: str

    @classmethod
    def this(cls) -> "Machine":
        model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
        return cls(
            cpu=" ".join(model[1].split()) if model else platform.machine(),
            cores=len(os.sched_getaffinity(0)),
            memory_gib=round(int(memory[1]) / (1 << 20), 1) if memory else 0.0,
            kernel=platform.release(),
            python=platform.python_version(),
        )

    @classmethod
    def read(cls, document: Values) -> "Machine":
        cores, memory = document.get("cores"), document.get("memory_gib")
        return cls(
            cpu=text(document.get("cpu")),
            cores=cores if isinstance(cores, int) else 0,
            memory_gib=float(memory) if isinstance(memory, int | float) else 0.0,
            kernel=text(document.get("kernel")),
            python=text(document.get("python")),
        )

    def document(self) -> Values:
        return {**asdict(self)}

    def __str__(self) -> str:
        return f"{self.cpu}, {self.cores} cores, {self.memory_gib:g} GiB, Linux {self.kernel}, Python {self.python}"


def commit() -> str:
    """The tree that was measured, e.g. `1a2b3c4`, with `+` where it was changed since."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    # What the benchmarks themselves write is no change of what they measure.
    changed = git("status", "--porcelain", "--", ".", ":!docs/bench", ":!docs/benchmarks.md")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
