"""Where one factory keeps everything on this machine: state, logs, sockets and random credentials, under a single folder."""

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from components.errors import FactoryError
from host.cache import REPOSITORY

# A unix socket's path holds 107 bytes on Linux (sun_path); the longest name under `run/` needs this many.
LONGEST_SOCKET_NAME = len("/run/containerd.sock.ttrpc")


@dataclass(frozen=True, slots=True)
class Home:
    """The lab's folder, `AIFACTORY_HOME` or `.lab` in the repository; or that of a site, which holds less."""

    root: Path

    @classmethod
    def open(cls) -> Self:
        """Makes the folder. Raises FactoryError where it cannot be written or its path is too long for sockets."""
        root = Path(os.environ.get("AIFACTORY_HOME") or REPOSITORY / ".lab").resolve()
        if len(str(root)) + LONGEST_SOCKET_NAME > 107:
            raise FactoryError(f"AIFACTORY_HOME = {root}: the path is too long for a unix socket; choose a shorter one")
        return cls._made(root)

    @classmethod
    def of_site(cls, env: str) -> Self:
        """Makes the folder of an environment on a cluster of the user's own. Raises FactoryError where it cannot be written.

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
            raise FactoryError(
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
def exclusive_lock(home: Home) -> Generator[None]:
    """Holds the folder's lock. Raises FactoryError where another command holds it."""
    with (home.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FactoryError(f"{home.root}: another command works on this lab; wait until it has ended") from error
        yield
