"""A store and a Kubernetes API of the test's own on loopback, reached only as a user's are: by endpoint, profile and kubeconfig."""

import json
import os
import secrets
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lab.toolchain.install import Toolchain

READY = 90
PACE = 0.1


@dataclass(frozen=True, slots=True)
class Account:
    """What reaches a store."""

    endpoint: str
    user: str
    password: str


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def store(folder: Path) -> Generator[Account]:
    """A MinIO with credentials of its own."""
    port, user, password = free_port(), secrets.token_hex(8), secrets.token_hex(16)
    environment = {
        "MINIO_ROOT_USER": user,
        "MINIO_ROOT_PASSWORD": password,
        "MINIO_BROWSER": "off",
        "HOME": str(folder),
    }
    command = [Toolchain().path("minio"), "server", "--quiet", "--address", f"127.0.0.1:{port}", folder / "disk"]
    endpoint = f"http://127.0.0.1:{port}"
    with _running(command, folder / "minio.log", environment, lambda: _answers(f"{endpoint}/minio/health/ready")):
        yield Account(endpoint, user, password)


@contextmanager
def cluster(folder: Path) -> Generator[Path]:
    """An API server with etcd behind it, and no node; yields its kubeconfig."""
    tools, token = Toolchain(), secrets.token_hex(16)
    client, peer, api = free_port(), free_port(), free_port()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "accounts.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "tokens").write_text(f"{token},admin,admin,system:masters\n")
    etcd = [
        *(tools.path("etcd"), "--data-dir", folder / "etcd", "--log-level", "error"),
        *(
            "--listen-client-urls",
            f"http://127.0.0.1:{client}",
            "--advertise-client-urls",
            f"http://127.0.0.1:{client}",
        ),
        *(
            "--listen-peer-urls",
            f"http://127.0.0.1:{peer}",
            "--initial-advertise-peer-urls",
            f"http://127.0.0.1:{peer}",
        ),
        *("--initial-cluster", f"default=http://127.0.0.1:{peer}", "--unsafe-no-fsync"),
    ]
    server = [
        *(tools.path("kube-apiserver"), "--etcd-servers", f"http://127.0.0.1:{client}", "--cert-dir", folder / "certs"),
        *("--bind-address", "127.0.0.1", "--secure-port", str(api), "--token-auth-file", folder / "tokens"),
        *("--service-account-issuer", "https://kubernetes.default.svc", "--authorization-mode", "RBAC"),
        *(
            "--service-account-key-file",
            folder / "accounts.key",
            "--service-account-signing-key-file",
            folder / "accounts.key",
        ),
        # No controller makes the accounts that admission would wait for.
        *("--disable-admission-plugins", "ServiceAccount", "--service-cluster-ip-range", "10.96.0.0/24"),
    ]
    kubeconfig = folder / "kubeconfig"
    authority = {"server": f"https://127.0.0.1:{api}", "certificate-authority": str(folder / "certs" / "apiserver.crt")}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "standing", "cluster": authority}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "standing", "context": {"cluster": "standing", "user": "admin"}}],
        "current-context": "standing",
    }
    kubeconfig.write_text(json.dumps(document))

    def ready() -> bool:
        asked = [str(tools.path("kubectl")), "--kubeconfig", str(kubeconfig), "get", "--raw", "/readyz"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    with (
        _running(etcd, folder / "etcd.log", {}, lambda: _answers(f"http://127.0.0.1:{client}/health")),
        _running(server, folder / "apiserver.log", {}, ready),
    ):
        yield kubeconfig


@contextmanager
def _running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str], ready: Callable[[], bool]
) -> Generator[None]:
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(part) for part in command], env={**os.environ, **environment}, stdout=stream, stderr=stream
        )
    try:
        paced = Event()
        for _ in range(int(READY / PACE)):
            assert process.poll() is None, log.read_text()[-2000:]
            if ready():
                break
            paced.wait(PACE)
        else:
            raise AssertionError(log.read_text()[-2000:])
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
