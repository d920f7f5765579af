"""How this machine reaches what the lab serves."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from cli.callers import key_file
from cli.home import Home
from cli.objects import Objects
from cli.runs import Lifecycle
from cli.serving import Endpoints
from lab import addons
from lab.identity import Identity
from lab.services import stores
from toolchain.install import Toolchain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def objects(home: Home, identity: Identity, store: str) -> Objects:
    """A store of the lab, which names each bucket like its store."""
    endpoint = stores.endpoint(identity, store)
    s3: S3Client = boto3.client(
        "s3",
        stores.REGION,
        endpoint_url=endpoint,
        aws_access_key_id=home.secret(f"{store}-user", 10),
        aws_secret_access_key=home.secret(f"{store}-password"),
        config=Config(connect_timeout=2, read_timeout=30, retries={"max_attempts": 2}),
    )
    return Objects(store, endpoint, s3)


def runs(home: Home, identity: Identity, toolchain: Toolchain) -> Lifecycle:
    """The runs on the lab's own cluster."""
    return Lifecycle(addons.command(home, toolchain), objects(home, identity, "objects"))


def endpoints(home: Home, identity: Identity) -> Endpoints:
    """The lab's ports on loopback."""
    return Endpoints(
        model=f"http://127.0.0.1:{identity.serving_port}",
        mlflow=f"http://127.0.0.1:{identity.mlflow_port}",
        key=key_file(home).read_text(),
    )
