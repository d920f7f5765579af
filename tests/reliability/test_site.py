"""A site as companies have them: a cluster reached by its kubeconfig alone, stores under a private authority, a registry that
asks who pulls. Long."""

import base64
import configparser
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from host.cache import REPOSITORY
from host.documents import mapping, sequence
from host.shell import run
from lab.node.program import Program, answers
from lab.project import POD_USER
from tests.lab.conftest import RECIPE, Lab
from tests.lab.test_isolation import until
from tests.support import authority, registry
from tests.support.programs import free_ports, running
from toolchain.install import Toolchain

# `cluster:pulled-by-pods`, as `htpasswd -B` writes it.
ACCOUNTS = "cluster:$2b$05$UzOrNPvYHO8FD1PyJkMElO.6Jwhe3dJowKoqRpGwGYtCi/B6KEIEK\n"
LOGIN = base64.b64encode(b"cluster:pulled-by-pods").decode()
# Option of the site -> AWS profile of its store, as stacks/config names it; none of them is a port of the cluster's own stores.
STORES = {"s3": ("objects", 9443), "vault-s3": ("vault", 9543), "offsite-s3": ("offsite", 9643)}
SERVING_NODE_PORT = 30080


@dataclass(frozen=True, kw_only=True, slots=True)
class Stores:
    """Three MinIO behind TLS."""

    endpoints: dict[str, str]
    """Option of the site -> URL."""
    ca: Path
    profiles: dict[str, str]
    """What names the profiles and the authority to whatever runs here."""


@pytest.fixture
def cluster() -> Generator[Lab]:
    """A lab's cluster and stores with nothing deployed: an `up` that is ended when its services stand."""
    lab = Lab(Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp")))
    try:
        begun = lab.begin("up", "--recipe", str(RECIPE))
        until(begun, "service: node-groups")
        begun.kill()
        begun.communicate()
        yield lab
    finally:
        lab.run("down")
        shutil.rmtree(lab.home)


@pytest.fixture
def folder(cluster: Lab) -> Generator[Path]:
    """What the site's own machine keeps; on the disk of the labs, for the images are gigabytes."""
    made = Path(tempfile.mkdtemp(prefix="aif-site-", dir="/var/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def stores(cluster: Lab, folder: Path) -> Generator[Stores]:
    """Where the nodes are, because pods reach no address beyond; their certificates are of an authority that nobody knows."""
    address = urlsplit(str(cluster.services()["objects"]["endpoint"])).hostname or ""
    certificates = folder / "certificates"
    certificates.mkdir()
    issued = authority.issue(certificates, addresses=[address])
    keys = configparser.ConfigParser()
    programs: list[Program] = []
    for profile, port in STORES.values():
        keys[profile] = {"aws_access_key_id": secrets.token_hex(8), "aws_secret_access_key": secrets.token_hex(16)}
        data = folder / profile
        data.mkdir()
        program = Program(
            name=profile,
            command=(
                *("nsenter", f"--net={network(cluster)}", Toolchain().path("minio"), "server", "--quiet"),
                *("--certs-dir", certificates, "--address", f"{address}:{port}", data),
            ),
            environment={
                "HOME": str(folder),
                "MINIO_BROWSER": "off",
                "MINIO_ROOT_USER": keys[profile]["aws_access_key_id"],
                "MINIO_ROOT_PASSWORD": keys[profile]["aws_secret_access_key"],
                "MINIO_KMS_SECRET_KEY": f"{profile}:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            },
            healthy=answers(f"https://{address}:{port}/minio/health/ready", issued.authority),
        )
        programs.append(program)
    accounts = folder / "credentials"
    with accounts.open("w") as file:
        keys.write(file)
    with running(programs, folder):
        yield Stores(
            endpoints={option: f"https://{address}:{port}" for option, (_, port) in STORES.items()},
            ca=issued.authority,
            profiles={
                "AWS_SHARED_CREDENTIALS_FILE": str(accounts),
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_CA_BUNDLE": str(issued.authority),
            },
        )


def network(cluster: Lab) -> str:
    """The network namespace of its node."""
    return f"/proc/{cluster.services()['kubelet']['pid']}/ns/net"


def test_a_factory_on_a_cluster_of_ones_own_pulls_and_answers(cluster: Lab, folder: Path, stores: Stores) -> None:
    accounts, login, lock = folder / "htpasswd", folder / "auth.json", folder / "lock.json"
    accounts.write_text(ACCOUNTS)
    (port,) = free_ports(1)
    login.write_text(json.dumps({"auths": {f"127.0.0.1:{port}": {"auth": LOGIN}}}))
    own = {
        **os.environ,
        **stores.profiles,
        "AIFACTORY_HOME": str(folder / "site"),
        "REGISTRY_AUTH_FILE": str(login),
    }

    def command(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=REPOSITORY,
            env=own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shared = cluster.home / "state" / "shared"
    shared.mkdir(exist_ok=True)
    os.chown(shared, POD_USER, POD_USER)
    site = {
        "env": "onprem",
        "kubeconfig": str(cluster.home / "credentials" / "kubeconfig-admin"),
        **stores.endpoints,
        "ca": str(stores.ca),
        "local-volume": str(shared),
        "registry": f"127.0.0.1:{port}/factory",
        "registry-auth": str(login),
        "images-lock": str(lock),
    }
    given = [part for option, value in site.items() for part in (f"--{option}", value)]
    # Loopback is each machine's own: the registry is served on this one's, for the push, and on the node's.
    node = network(cluster)
    with (
        registry.serving(folder / "kept", port, accounts),
        registry.serving(folder / "kept", port, accounts, network=node),
    ):
        command("images", "--registry", site["registry"], "--lock", str(lock))
        command("up", "--recipe", str(RECIPE), *given)
        found = mapping(json.loads(command("status", "--json", *given)))
        assert mapping(found["serving"])["model_digest"] == mapping(found["model"])["digest"]
        for row in map(mapping, sequence(found["protection"])[:3]):
            assert (row["copies"], row["errors"]) == (3, 0)
        assert urlsplit(str(mapping(found["serving"])["endpoint"])).port == SERVING_NODE_PORT
        # A firewall before the node ports: the API server's way to the pods is left.
        closed = ("iptables", "--table", "raw", "--append", "PREROUTING", "--protocol", "tcp", "--dport")
        run(["nsenter", f"--net={node}", *closed, str(SERVING_NODE_PORT), "--jump", "DROP"])
        found = mapping(json.loads(command("status", "--json", *given)))
        assert urlsplit(str(mapping(found["serving"])["endpoint"])).hostname == "127.0.0.1"
        assert mapping(found["serving"])["model_digest"] == mapping(found["model"])["digest"]
        pods = cluster.kubectl("get", "pods", "--output", "json").stdout
    assert set(re.findall(r'"image": "(127[^"]+)"', pods)) == {str(mapping(json.loads(lock.read_text()))["workloads"])}
