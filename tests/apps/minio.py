"""A MinIO for the tests of the containers' programs: a store that enforces locks."""

import base64
import os
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config

from lab.node.program import answers
from toolchain.install import Toolchain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@contextmanager
def minio(disk: Path, account: str) -> Generator[str]:
    """A MinIO on a folder; its endpoint. `account` is both the id and the secret of its one key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    disk.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(disk),
        "MINIO_BROWSER": "off",
        "MINIO_ROOT_USER": account,
        "MINIO_ROOT_PASSWORD": account,
        "MINIO_KMS_SECRET_KEY": f"test:{base64.b64encode(bytes(32)).decode()}",
    }
    command = [str(Toolchain().path("minio")), "server", "--quiet", "--address", address, str(disk / "data")]
    with (disk / "output").open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    healthy = answers(f"http://{address}/minio/health/ready")
    try:
        while not healthy():
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.05)
            assert server.poll() is None, (disk / "output").read_text()
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def administrator(endpoint: str, account: str) -> "S3Client":
    """A client with the store's own account."""
    return cast(
        "S3Client",
        boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key=account,
            config=Config(s3={"addressing_style": "path"}),
        ),
    )
