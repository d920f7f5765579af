"""A whole acceptance test on this machine: two processes over gloo, a filesystem, and a vault with Object Lock."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from workloads.stage.app.signing import is_signed

if TYPE_CHECKING:
    pass

VAULT = "vault"


@pytest.fixture
def vault() -> Generator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    # What moto holds is the process's, whatever its address.
    s3_backends.reset()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def environment(vault: str, tmp_path: Path) -> dict[str, str]:
    """Of a pod."""
    config, credentials, key, shared = (tmp_path / name for name in ("config", "credentials", "key.pem", "shared"))
    config.write_text(f"[profile vault]\nregion = us-east-1\nendpoint_url = {vault}\n")
    credentials.write_text("[vault]\naws_access_key_id = test\naws_secret_access_key = test\n")
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    shared.mkdir()
    _s3(vault).create_bucket(Bucket=VAULT, ObjectLockEnabledForBucket=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return {
        **{"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)},
        **{"VAULT_BUCKET": VAULT, "VAULT_RETENTION_DAYS": "1", "SIGNING_KEY_FILE": str(key)},
        **{"PROCESSES": "1", "JOB_COMPLETION_INDEX": "0", "OMP_NUM_THREADS": "1", "NODE_NAME": "a"},
        **{"MASTER_ADDR": "localhost", "MASTER_PORT": port},
        **{"FILESYSTEM_DIR": str(shared), "ACCEPTANCE_FILE_BYTES": str(8 << 20), "CUDA_VISIBLE_DEVICES": ""},
    }


def _s3(endpoint: str):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def pod(
    environment: dict[str, str], floors: dict[str, float], nodes: int = 1, gpus: int = 0
) -> "subprocess.Popen[str]":
    """Started; one process of it measures."""
    plan = {"pool": "lab", "nodes": nodes, "gpus": gpus, "efa": 0, "floors": floors, "sources": {}, "dcgm_level": 1}
    return subprocess.Popen(
        [sys.executable, "-m", "workloads.acceptance.app.accept"],
        env={**os.environ, **environment, "NNODES": str(nodes), "ACCEPTANCE_SPEC": json.dumps(plan)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(started: "subprocess.Popen[str]") -> tuple[int, str]:
    output, errors = started.communicate(timeout=300)
    return started.returncode, output + errors


def record(vault: str) -> tuple[str, bytes, bytes]:
    """Path, content and signature of the only one."""
    s3 = _s3(vault)
    listed = s3.list_objects_v2(Bucket=VAULT, Prefix="acceptance/lab/").get("Contents", [])
    path, signature = sorted(one.get("Key", "") for one in listed)
    assert signature == f"{path}.sig"
    content, signed = (s3.get_object(Bucket=VAULT, Key=name)["Body"].read() for name in (path, signature))
    return path, content, signed


def test_two_nodes_that_pass_leave_one_signed_record(vault: str, environment: dict[str, str], tmp_path: Path) -> None:
    floors = {"all_reduce_gb_s": 1e-6, "write_mb_s": 1e-6, "read_mb_s": 1e-6}
    pods = [
        pod({**environment, "NODE_NAME": name, "JOB_COMPLETION_INDEX": str(index)}, floors, nodes=2)
        for index, name in enumerate(("a", "b"))
    ]
    (first, output), (second, other) = map(ended, pods)
    assert (first, second) == (0, 0), output + other
    path, content, signature = record(vault)
    document = json.loads(content)
    assert document["passed"] is True
    assert {one["node"] for one in document["measured"]} == {"a", "b"}
    assert all(set(one["values"]) == set(floors) for one in document["measured"])
    assert is_signed(content, signature, tmp_path / "public.pem")
    assert _s3(vault).head_object(Bucket=VAULT, Key=path).get("ObjectLockMode") == "COMPLIANCE"
    assert f"signed record {path}" in output


def test_a_node_that_is_too_slow_fails_the_job_and_is_recorded(vault: str, environment: dict[str, str]) -> None:
    status, output = ended(pod(environment, {"write_mb_s": 1e9}))
    assert status == 1
    assert "accept: a: write_mb_s = " in output
    document = json.loads(record(vault)[1])
    assert document["passed"] is False
    assert [one["path"] for one in document["failures"]] == ["write_mb_s"]


def test_a_card_that_torch_does_not_find_is_said(environment: dict[str, str]) -> None:
    status, output = ended(pod(environment, {}, gpus=1))
    assert status == 2
    assert "gpus = 1: is what torch finds, 0" in output
