"""supervisord, which keeps the lab's programs running: its configuration and its XML-RPC interface."""

import http.client
import shutil
import sys
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import cast

from supervisor.xmlrpc import SupervisorTransport

from cli.home import Home
from components.errors import FactoryError
from host.progress import Progress
from lab.identity import Identity
from lab.node import namespaces
from lab.node.program import Program

# Seconds until a program that is not healthy counts as failed: a cold API server on two busy cores takes tens.
PATIENCE = 180.0
PACE = 0.2


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the supervisor says of one program; `pid` is the one inside the lab's namespaces, 0 where it is down."""

    state: str
    pid: int
    started: int
    """When it was started last, in seconds since 1970."""


class Supervisor:
    """The lab's supervisor, in namespaces of its own."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._socket = home.run / "supervisor.sock"

    def running(self) -> bool:
        """Whether the supervisor answers."""
        if namespaces.root_process(self._home) is None:
            return False
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error, http.client.HTTPException):
            return False
        return True

    def begin(self, identity: Identity, programs: Sequence[Program]) -> None:
        """Starts the supervisor, with no program running yet. Raises FactoryError where it does not answer."""
        self._socket.unlink(missing_ok=True)
        configuration = self._home.write_secret("supervisord.conf", self._configuration(programs))
        program = Path(sys.executable).with_name("supervisord")
        namespaces.begin(self._home, identity, [str(program), "--nodaemon", "-c", str(configuration)])
        paced = Event()
        for _ in range(int(PATIENCE / PACE)):
            if self.running():
                return
            if namespaces.root_process(self._home) is None:
                break
            paced.wait(PACE)
        raise FactoryError(f"the supervisor does not answer; {self._home.logs / 'supervisord.log'} says why")

    def start(self, programs: Sequence[Program], progress: Progress) -> set[str]:
        """Starts each program when those that it comes after are healthy; returns the names it had to start.

        Raises FactoryError with the end of the log of the first that does not become healthy.
        """
        started: set[str] = set()
        for program in programs:
            state = self.states()[program.name].state
            if state == "RUNNING" and program.healthy():
                continue
            with progress.step(f"service: {program.name}"):
                # In BACKOFF the supervisor starts it again by itself.
                if state not in ("RUNNING", "STARTING", "BACKOFF"):
                    self._call("startProcess", program.name, False)
                self._wait(program)
            started.add(program.name)
        return started

    def states(self) -> dict[str, ProcessState]:
        """Every program by its name."""
        rows = cast("list[dict[str, str | int]]", self._call("getAllProcessInfo"))
        return {
            str(row["name"]): ProcessState(str(row["statename"]), int(row["pid"]), int(row["start"])) for row in rows
        }

    def end(self) -> None:
        """Stops the programs in reverse order, then everything else that the lab's namespaces hold."""
        if self.running():
            self._call("stopAllProcesses", True)
        namespaces.end(self._home)

    def _call(self, method: str, *arguments: object) -> object:
        # A fresh connection each time: the transport keeps one, and one that broke once stays broken.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        # The host name is not used: the transport goes to the socket.
        remote = xmlrpc.client.ServerProxy("http://lab", transport=transport)
        try:
            return cast("object", getattr(remote, f"supervisor.{method}")(*arguments))
        finally:
            transport.close()

    def _wait(self, program: Program) -> None:
        paced = Event()
        for _ in range(int(PATIENCE / PACE)):
            if program.healthy():
                return
            if self.states()[program.name].state == "FATAL":
                break
            paced.wait(PACE)
        log = self._home.logs / f"{program.name}.log"
        message = log.read_text(errors="replace") if log.exists() else ""
        tail = "\n    ".join(message.splitlines()[-15:])
        raise FactoryError(f"{program.name}: not healthy after {PATIENCE:.0f} s; the end of {log}:\n    {tail}")

    def _configuration(self, programs: Sequence[Program]) -> str:
        sections = [
            "[supervisord]",
            f"logfile={self._home.logs / 'supervisor.log'}",
            f"pidfile={self._home.run / 'supervisord.pid'}",
            f"childlogdir={self._home.logs}",
            "user=root",
            "minfds=16384",
            "[unix_http_server]",
            f"file={self._socket}",
            "chmod=0700",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        for order, program in enumerate(programs):
            sections += [
                f"[program:{program.name}]",
                "command=" + " ".join(_quoted(str(part)) for part in program.command),
                "environment=" + ",".join(f"{name}={_quoted(value)}" for name, value in program.environment.items()),
                f"priority={order}",
                "autostart=false",
                "autorestart=true",
                "startsecs=1",
                "startretries=20",
                "stopwaitsecs=5",
                "stopasgroup=true",
                "killasgroup=true",
                "redirect_stderr=true",
                f"stdout_logfile={self._home.logs / program.name}.log",
                "stdout_logfile_maxbytes=20MB",
                "stdout_logfile_backups=1",
            ]
        return "\n".join(sections) + "\n"


def _quoted(text: str) -> str:
    """A word of supervisord's configuration, where % begins an expansion."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def on_path(program: str) -> Path:
    """A program of Debian's packages. Raises FactoryError naming it."""
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise FactoryError(f"{program}: not found; run `make up` as root, which installs Debian's packages")
    return Path(found)
