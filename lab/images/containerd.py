"""Images in a containerd: those that it holds, giving it another one, and one that runs for that alone."""

import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

from components.errors import FactoryError
from host.shell import run
from image_build import layers
from lab.node.program import listens
from lab.node.supervisor import on_path

# Tenths of a second that it may take to listen, or to end.
PATIENCE = 300
# With mounts of its own, and ended also where who began it is killed.
ALONE = ("unshare", "--mount", "setpriv", "--pdeathsig", "TERM")


def held(socket: Path) -> set[str]:
    """Names and digests of the images that the kubelet would find."""
    return set(run([*_images(socket), "list", "--quiet"]).split())


def receive(socket: Path, send: Callable[[IO[bytes]], None]) -> None:
    """Imports and unpacks the archive that `send` writes. Raises FactoryError."""
    command = [*_images(socket), "import", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            send(process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            # It ended before the end of the archive, and says below why.
            pass
        message = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise FactoryError(f"an image could not be imported: {message}")


def receive_folder(socket: Path, folder: Path) -> None:
    """Imports and unpacks an image that is a folder in OCI's layout. Raises FactoryError."""
    receive(socket, lambda stream: layers.send(folder, stream))


@contextmanager
def running(root: Path) -> Generator[Path]:
    """The socket of one that keeps everything in `root`, for as long as it is asked. Raises FactoryError."""
    # A socket's path must be short, and the cache's may not be.
    with tempfile.TemporaryDirectory(prefix="aifactory-") as temporary:
        socket, log = Path(temporary) / "containerd.sock", Path(temporary) / "log"
        config = Path(temporary) / "config.toml"
        config.write_text(
            f"""version = 2
root = "{root}"
state = "{temporary}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{socket}"
"""
        )
        with log.open("w") as stream:
            process = subprocess.Popen(
                [*ALONE, str(on_path("containerd")), "--config", str(config)], stdout=stream, stderr=stream
            )
        try:
            paced, healthy = Event(), listens(socket)
            for _ in range(PATIENCE):
                if process.poll() is not None or healthy():
                    break
                paced.wait(0.1)
            if not healthy():
                raise FactoryError(f"containerd does not listen:\n    {log.read_text().strip()[-500:]}")
            yield socket
        finally:
            # It closes its databases before it ends.
            process.terminate()
            try:
                process.wait(PATIENCE / 10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _images(socket: Path) -> list[str]:
    return [str(on_path("ctr")), "--address", str(socket), "--namespace", "k8s.io", "images"]
