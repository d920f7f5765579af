"""Three MinIO with an account each, as the source, the vault and the off-site store, and profiles that lead to them."""

import json
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.apps.minio import administrator, minio
from workloads.protection.app.locked import LockedStore
from workloads.protection.app.protect import protect
from workloads.stage.app.attempt import run
from workloads.stage.app.manifest import Manifest, StoredObject, digest, manifest_path
from workloads.stage.app.store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NAMES = ("objects", "vault", "offsite")
TRAIN, PROTECT = "1" * 64, "2" * 64
WEIGHTS = "stages/train/1/attempts/1/model.safetensors"
_numbers = count()


@dataclass(frozen=True, slots=True)
class Server:
    """One MinIO."""

    endpoint: str
    account: str
    disk: Path
    s3: "S3Client"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage ended with."""

    code: int
    output: str
    errors: str


@dataclass
class Stores:
    """The three stores as a pod has them; a test may let one setting lead somewhere else."""

    servers: Mapping[str, Server]
    buckets: dict[str, str]
    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    endpoints: dict[str, str] = field(default_factory=dict[str, str])
    accounts: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.endpoints = {name: one.endpoint for name, one in self.servers.items()}
        self.accounts = {name: one.account for name, one in self.servers.items()}
        for name, server in self.servers.items():
            server.s3.create_bucket(Bucket=self.buckets[name], ObjectLockEnabledForBucket=name != "objects")
        self.write()

    def lead(self, name: str, to: str, endpoint: str, bucket: str) -> None:
        """Lets the settings of one store lead to the server of another."""
        self.endpoints[name], self.accounts[name] = endpoint, self.accounts[to]
        self.buckets[name] = bucket
        self.write()

    def write(self) -> None:
        """Writes the pod's AWS files and environment."""
        config, credentials = self.folder / "config", self.folder / "credentials"
        with config.open("w") as settings, credentials.open("w") as keys:
            for name in NAMES:
                settings.write(f"[profile {name}]\nregion = us-east-1\nendpoint_url = {self.endpoints[name]}\n")
                settings.write("s3 =\n  addressing_style = path\n")
                settings.write("request_checksum_calculation = when_required\n")
                settings.write("response_checksum_validation = when_required\n")
                keys.write(f"[{name}]\naws_access_key_id = {self.accounts[name]}\n")
                keys.write(f"aws_secret_access_key = {self.accounts[name]}\n")
                self.patch.setenv(f"{name.upper()}_BUCKET", self.buckets[name])
        self.patch.setenv("AWS_CONFIG_FILE", str(config))
        self.patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
        self.patch.setenv("VAULT_RETENTION_DAYS", "1")
        self.patch.setenv("NO_PROXY", "127.0.0.1,localhost")

    def locked(self, name: str, part: int | None = None) -> LockedStore:
        return LockedStore(name, self.buckets[name], *([part] if part else []))

    def train(self, weights: bytes) -> None:
        """Leaves what a finished training leaves."""
        store = Store("objects", self.buckets["objects"])
        store.put(WEIGHTS, weights)
        item = StoredObject(name="model.safetensors", object=WEIGHTS, sha256=digest(weights), size=len(weights))
        data = StoredObject(name="train-0", object=WEIGHTS, sha256=digest(weights), size=len(weights))
        for stage, key, inputs, found in (
            ("train", TRAIN, {"clean": "3" * 64}, item),
            ("clean", "3" * 64, {}, data),
        ):
            manifest = Manifest(
                stage=stage,
                key=key,
                inputs=inputs,
                run="run",
                code="code",
                environment="base",
                image="image",
                recipe={},
                objects=(found,),
                metrics={},
                started="2026-01-01T00:00:00+00:00",
                finished="2026-01-01T00:00:00+00:00",
            )
            store.put(manifest_path(stage, key), manifest.encode())

    def protect(self) -> Outcome:
        """Runs the stage as its pod does."""
        values = {"stage": "protect", "key": PROTECT, "inputs": {"train": TRAIN}, "recipe": {}, "run": "run"}
        path = self.folder / "protect.json"
        path.write_text(json.dumps({**values, "code": "code", "environment": "base", "image": "image"}))
        self.patch.setenv("STAGE_SPEC_FILE", str(path))
        self.capture.readouterr()
        code = run("protect", protect)
        message = self.capture.readouterr()
        return Outcome(code, message.out, message.err)

    def manifest(self) -> Manifest:
        """What the stage left."""
        path = manifest_path("protect", PROTECT)
        content = Store("objects", self.buckets["objects"]).get(path)
        assert content is not None
        return Manifest.decode(content, path)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[Mapping[str, Server]]:
    with ExitStack() as running:
        found: dict[str, Server] = {}
        for name in NAMES:
            account, disk = f"account-of-{name}", tmp_path_factory.mktemp(name)
            endpoint = running.enter_context(minio(disk, account))
            found[name] = Server(endpoint, account, disk / "data", administrator(endpoint, account))
        yield found


@pytest.fixture
def stores(
    servers: Mapping[str, Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stores:
    """Buckets of this test's own: nobody can empty a locked one."""
    number = next(_numbers)
    buckets = {name: f"{name}-{number}" for name in NAMES}
    return Stores(servers, buckets, tmp_path, monkeypatch, capsys)
