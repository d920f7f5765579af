"""A container registry on loopback: Debian's, unpacked rather than installed, for installing it would start a service."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from host.cache import user_cache
from host.shell import run
from lab.node.program import Program
from tests.support.programs import running

CONFIGURATION = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {kept}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
CLOSED = 'auth: {{htpasswd: {{realm: registry, path: "{accounts}"}}}}\n'


@contextmanager
def serving(folder: Path, port: int, accounts: Path | None = None, network: str = "") -> Generator[str]:
    """Serves what is in `folder`; its host and port.

    `accounts`: a file of htpasswd, without which anybody may push and pull. `network`: path of the network namespace whose
    loopback it listens on; this process's where empty.
    """
    program = _program()
    configuration = CONFIGURATION + (CLOSED if accounts else "")
    with tempfile.TemporaryDirectory(prefix="registry-") as name:
        written = Path(name) / "registry.yaml"
        written.write_text(configuration.format(kept=folder, port=port, accounts=accounts))
        inside = ("nsenter", f"--net={network}") if network else ()
        # It listens within its first second, and whoever comes before asks again or is a test that asks from elsewhere.
        served = Program(
            name="registry",
            command=(*inside, str(program), "serve", str(written)),
            healthy=lambda: _listens(port, inside),
            endpoint=f"127.0.0.1:{port}",
        )
        with running([served], Path(name)):
            yield served.endpoint


def _listens(port: int, inside: tuple[str, ...]) -> bool:
    return f"127.0.0.1:{port} " in run([*inside, "ss", "--listening", "--tcp", "--numeric"])


def _program() -> Path:
    program = user_cache() / "tests" / "docker-registry" / "usr" / "bin" / "docker-registry"
    if not program.exists():
        with tempfile.TemporaryDirectory(prefix="registry-") as name:
            run(["apt-get", "download", "docker-registry"], cwd=Path(name))
            program.parents[2].mkdir(parents=True)
            (package,) = Path(name).glob("docker-registry_*.deb")
            run(["dpkg", "--extract", package, program.parents[2]])
    return program
