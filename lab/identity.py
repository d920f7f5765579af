"""What tells one lab from another on the same machine."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cli.home import Home


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What tells this lab from another one on the same machine; chosen once, then kept."""

    name: str
    """Short random name: cgroup, link and node are called after it."""
    link: int
    """Third byte of the lab's link, 10.99.<link>.0/24."""
    serving_port: int
    """Loopback port of the model's endpoint."""

    @property
    def cgroup(self) -> str:
        """Its folder below each cgroup controller."""
        return f"aifactory-{self.name}"

    @property
    def address(self) -> str:
        """The node's address; every endpoint of the lab has it, seen from the machine and from pods."""
        return f"10.99.{self.link}.2"

    @property
    def gateway(self) -> str:
        """The machine's end of the link."""
        return f"10.99.{self.link}.1"


def read(home: Home) -> Identity | None:
    """What `up` chose for this lab; None before the first one."""
    path = _path(home)
    if not path.exists():
        return None
    # A lab of an older version kept more, e.g. a port of MLflow.
    known = {field.name for field in fields(Identity)}
    return Identity(**{name: value for name, value in json.loads(path.read_text()).items() if name in known})


def write(home: Home, identity: Identity) -> None:
    """Keeps it for every later command."""
    _path(home).write_text(json.dumps(asdict(identity), indent=1))


def _path(home: Home) -> Path:
    return home.state / "identity.json"
