"""What the supervisor runs: one program of the lab, how its health is asked, and what it waits for."""

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

# Seconds to wait for one answer about a program's health.
ASK = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A long-running program; it starts when all of `after` are healthy."""

    name: str
    command: tuple[str | Path, ...]
    healthy: Callable[[], bool]
    endpoint: str = ""
    """Where its users find it; empty for a program without one."""
    after: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """Secrets go here, never on the command line: other users may read that."""


def answers(url: str, authority: Path | None = None) -> Callable[[], bool]:
    """Healthy when a GET of `url` gives 200; `authority` is the CA of an https URL."""
    parts = urlsplit(url)

    def ask() -> bool:
        host, port = parts.hostname or "", parts.port or 80
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(authority) if authority else None)
            if authority is None:
                # A component's own health port has a certificate that it signed itself; no secret is sent to it.
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=ASK, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=ASK)
        try:
            connection.request("GET", parts.path or "/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def listens(address: str | Path, port: int = 0) -> Callable[[], bool]:
    """Healthy when a connection to a TCP port, or to a unix socket given by its path, is accepted."""

    def ask() -> bool:
        family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(ASK)
            target = str(address) if isinstance(address, Path) else (address, port)
            return connection.connect_ex(target) == 0

    return ask
