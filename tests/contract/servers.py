"""The servers that the plugins are tested against, each on a free port of the loopback."""

import base64
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from lab.node.program import answers
from tests.contract.deployment import NO_ACCOUNT
from toolchain.install import Toolchain

MOTO = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
# Seconds between two looks at a server that is starting.
PACE = 0.05


@contextmanager
def moto(latency: float = 0) -> Generator[str]:
    """A moto, and credentials of nobody in this process; its endpoint. `latency` is in seconds, of whatever makes something.

    A process of its own: what moto holds is the process's, and another test's would be there too.
    """
    kept = dict(os.environ)
    os.environ.update(NO_ACCOUNT)
    command = [sys.executable, "-m", "tests.contract.late_moto", str(latency)]
    with subprocess.Popen(command, env={**os.environ, **MOTO}, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            os.environ.clear()
            os.environ.update(kept)


@contextmanager
def minio(disk: Path) -> Generator[str]:
    """A MinIO on a folder, with NO_ACCOUNT's credentials; its endpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        "HOME": str(disk),
        "MINIO_BROWSER": "off",
        "MINIO_ROOT_USER": NO_ACCOUNT["AWS_ACCESS_KEY_ID"],
        "MINIO_ROOT_PASSWORD": NO_ACCOUNT["AWS_SECRET_ACCESS_KEY"],
        "MINIO_KMS_SECRET_KEY": f"test:{base64.b64encode(bytes(32)).decode()}",
    }
    command = [str(Toolchain().path("minio")), "server", "--quiet", "--address", address, str(disk / "data")]
    with (disk / "said").open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    healthy = answers(f"http://{address}/minio/health/ready")
    try:
        while not healthy():
            assert server.poll() is None, (disk / "said").read_text()
            time.sleep(PACE)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()
