"""A cluster that is reached by its kubeconfig alone, stores by their endpoints, images by a registry that asks who pulls. Long."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from lab.home import REPOSITORY
from lab.lifecycle import mapping, sequence
from lab.project import POD_USER
from tests import registry
from tests.lab.conftest import RECIPE, Lab
from tests.lab.test_isolation import until
from tests.programs import free_ports

# `cluster:pulled-by-pods`, as `htpasswd -B` writes it.
ACCOUNTS = "cluster:$2b$05$UzOrNPvYHO8FD1PyJkMElO.6Jwhe3dJowKoqRpGwGYtCi/B6KEIEK\n"
LOGIN = base64.b64encode(b"cluster:pulled-by-pods").decode()


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


def test_a_factory_on_a_cluster_of_ones_own_pulls_and_answers(cluster: Lab, folder: Path) -> None:
    accounts, login, lock = folder / "htpasswd", folder / "auth.json", folder / "lock.json"
    accounts.write_text(ACCOUNTS)
    (port,) = free_ports(1)
    login.write_text(json.dumps({"auths": {f"127.0.0.1:{port}": {"auth": LOGIN}}}))
    services = cluster.services()
    own = {
        **os.environ,
        "AIFACTORY_HOME": str(folder / "site"),
        "AWS_SHARED_CREDENTIALS_FILE": str(cluster.home / "credentials" / "aws" / "credentials"),
        "AWS_CONFIG_FILE": str(cluster.home / "credentials" / "aws" / "config"),
        "REGISTRY_AUTH_FILE": str(login),
    }

    def command(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=REPOSITORY, env=own, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shared = cluster.home / "state" / "shared"
    shared.mkdir(exist_ok=True)
    os.chown(shared, POD_USER, POD_USER)
    site = {
        "kubeconfig": str(cluster.home / "credentials" / "kubeconfig-admin"),
        **{
            option: str(services[name]["endpoint"])
            for option, name in (("s3", "objects"), ("vault-s3", "vault"), ("offsite-s3", "offsite"))
        },
        "local-volume": str(shared),
        "registry": f"127.0.0.1:{port}/factory",
        "registry-auth": str(login),
        "images-lock": str(lock),
        "recipe": str(RECIPE),
    }
    given = [part for option, value in site.items() for part in (f"--{option}", value)]
    # Loopback is each machine's own: the registry is served on this one's, for the push, and on the node's.
    node = f"/proc/{services['kubelet']['pid']}/ns/net"
    with (
        registry.serving(folder / "kept", port, accounts),
        registry.serving(folder / "kept", port, accounts, network=node),
    ):
        command("lab", "images", "--registry", site["registry"], "--lock", str(lock))
        command("lab.site", "up", *given)
        found = mapping(json.loads(command("lab.site", "status", "--json", *given)))
        assert mapping(found["serving"])["model_digest"] == mapping(found["model"])["digest"]
        for row in map(mapping, sequence(found["protection"])[:3]):
            assert (row["copies"], row["errors"]) == (3, 0)
        pods = cluster.kubectl("get", "pods", "--output", "json").stdout
    assert set(re.findall(r'"image": "(127[^"]+)"', pods)) == {str(mapping(json.loads(lock.read_text()))["workloads"])}
