"""What a lab could leave on its machine, as sets to compare."""

import re
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """The machine at one moment."""

    links: frozenset[str]
    addresses: frozenset[str]
    rules: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    processes: frozenset[str]
    """Of the labs asked for: what names a folder of theirs."""

    @classmethod
    def now(cls, *homes: Path) -> "Machine":
        rules = [_output("iptables-save"), _output("iptables-save", "-t", "nat")]
        running = _output("ps", "-eo", "pid,args").splitlines()
        return cls(
            links=frozenset(re.findall(r"^\d+: ([^:@]+)", _output("ip", "-o", "link"), re.MULTILINE)),
            addresses=frozenset(re.findall(r"inet (\S+)", _output("ip", "-o", "-4", "address"))),
            # Comments hold the time, counters hold traffic.
            rules=frozenset(line for output in rules for line in output.splitlines() if line.startswith("-")),
            mounts=frozenset(line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()),
            cgroups=frozenset(str(path) for path in CGROUPS.glob("**/*aifactory*") if path.is_dir()),
            processes=frozenset(line for line in running for home in homes if str(home) in line),
        )

    def changes_since(self, before: "Machine") -> list[str]:
        """What came (+) and what went (-), but for links that went.

        A link outlives the lab of its other end by minutes, where that was killed without `make down`: one that is there
        before a test may be gone after it.
        """
        changes: list[str] = []
        for kind in (field.name for field in fields(self)):
            now: frozenset[str] = getattr(self, kind)
            then: frozenset[str] = getattr(before, kind)
            changes += [f"+ {kind}: {one}" for one in sorted(now - then)]
            changes += [f"- {kind}: {one}" for one in sorted(then - now) if kind not in ("links", "addresses")]
        return changes


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
