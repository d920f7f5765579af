"""Where one lab keeps everything: state, logs, sockets and random credentials, under a single folder."""

import fcntl
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from lab.errors import LabError

REPOSITORY = Path(__file__).resolve().parent.parent
# A unix socket's path holds 107 bytes on Linux (sun_path); the longest name under `run/` needs this many.
LONGEST_SOCKET_NAME = len("/run/containerd.sock.ttrpc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What tells this lab from another one on the same machine; chosen once, then kept."""

    name: str
    """Short random name: cgroup, link and node are called after it."""
    link: int
    """Third byte of the lab's link, 10.99.<link>.0/24."""
    serving_port: int
    """Loopback port of the model's endpoint."""
    mlflow_port: int
    """Loopback port of MLflow."""

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


@dataclass(frozen=True, slots=True)
class Home:
    """The lab's folder, `AIFACTORY_HOME` or `.lab` in the repository; or that of a site, which holds less."""

    root: Path

    @classmethod
    def open(cls) -> Self:
        """Makes the folder. Raises LabError where it cannot be written or its path is too long for sockets."""
        root = Path(os.environ.get("AIFACTORY_HOME") or REPOSITORY / ".lab").resolve()
        if len(str(root)) + LONGEST_SOCKET_NAME > 107:
            raise LabError(f"AIFACTORY_HOME = {root}: the path is too long for a unix socket; choose a shorter one")
        return cls._made(root)

    @classmethod
    def of_site(cls, env: str) -> Self:
        """Makes the folder of an environment on a cluster of the user's own. Raises LabError where it cannot be written.

        Apart from the lab's: what removes a lab must not remove the passphrase of a site's state.
        """
        own = os.environ.get("AIFACTORY_HOME")
        return cls._made((Path(own) / "sites" if own else REPOSITORY / ".sites").resolve() / env)

    @classmethod
    def _made(cls, root: Path) -> Self:
        home = cls(root)
        try:
            for folder in (root, home.run, home.logs, home.state, home.credentials, home.config):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = root / ".writable"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise LabError(
                f"AIFACTORY_HOME = {root}: the lab's folder cannot be written ({error.strerror}); "
                "set AIFACTORY_HOME to a folder that you may write"
            ) from error
        return home

    @property
    def run(self) -> Path:
        """Sockets and process ids: worthless once the lab is down."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What survives `make down`: disks of the stores, etcd, containerd, Pulumi's state."""
        return self.root / "state"

    @property
    def credentials(self) -> Path:
        """Random secrets of this lab, readable by their owner alone."""
        return self.root / "credentials"

    @property
    def config(self) -> Path:
        """Generated configuration of the services."""
        return self.root / "config"

    @property
    def project(self) -> Path:
        """The Pulumi project of this lab: the repository's program with stack configuration of its own."""
        return self.root / "project"

    def identity(self) -> Identity | None:
        """What `up` chose for this lab; None before the first one."""
        path = self.state / "identity.json"
        return Identity(**json.loads(path.read_text())) if path.exists() else None

    def keep(self, identity: Identity) -> None:
        (self.state / "identity.json").write_text(json.dumps(asdict(identity), indent=1))

    def secret(self, name: str, length: int = 24) -> str:
        """A random secret of this lab, made at its first use; lower-case hex, `length` bytes of entropy."""
        path = self.credentials / name
        if not path.exists():
            self.write_secret(name, secrets.token_hex(length))
        return path.read_text()

    def write_config(self, name: str, content: str) -> Path:
        """Writes a service's configuration; leaves a file that says the same alone, for services watch theirs."""
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
        return path

    def write_secret(self, name: str, content: str) -> Path:
        """Writes a file that only its owner may read, whole or not at all."""
        path = self.credentials / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(content)
        partial.rename(path)
        return path


@contextmanager
def alone(home: Home) -> Generator[None]:
    """Holds the folder's lock. Raises LabError where another command holds it."""
    with (home.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(f"{home.root}: another command works on this lab; wait until it has ended") from error
        yield


def user_cache() -> Path:
    """What labs share and is costly to make: tools and base images, keyed by the digest of their pins."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "aifactory"


@contextmanager
def building(part: str) -> Generator[None]:
    """Holds a part of the user's cache while something is made there; another lab that makes it too waits its turn."""
    folder = user_cache()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{part}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
