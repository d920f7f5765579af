"""A cluster and a store of the user's own: asked, deployed to by the real engine under the policies, and no AWS API anywhere."""

import configparser
import json
import re
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from cli import pod_accounts
from cli.existing import accounts
from cli.existing.checks import Cluster, check_store
from cli.existing.options import Options, Site, Store
from cli.existing.project import SiteProject
from cli.home import Home
from cli.project import declared
from components.object_store.store import s3_of
from components.violations import Violations
from host.cache import REPOSITORY
from host.debian import install
from host.progress import Progress
from stacks.names import LAYERS
from tests.contract import site_hosts
from tests.support import control_plane
from toolchain.install import Toolchain

IMAGES = {"workloads": f"registry.example.org/aifactory/workloads@sha256:{'0' * 64}", "environment": "0" * 64}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("standing")


@pytest.fixture(scope="module")
def account(folder: Path) -> Generator[site_hosts.Account]:
    with site_hosts.store(folder) as account:
        yield account


@pytest.fixture(scope="module")
def kubeconfig() -> Generator[Path]:
    with control_plane.serving() as cluster:
        yield cluster.kubeconfig


@pytest.fixture(autouse=True)
def profiles(folder: Path, account: site_hosts.Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own AWS files; and every address but loopback is behind a proxy that does not exist."""
    keys = f"aws_access_key_id = {account.user}\naws_secret_access_key = {account.password}\n"
    wrong = "[stranger]\naws_access_key_id = stranger\naws_secret_access_key = stranger\n"
    (folder / "credentials").write_text(
        "".join(f"[{name}]\n{keys}" for name in ("objects", "vault", "offsite")) + wrong
    )
    (folder / "config").write_text("")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AIFACTORY_HOME", str(folder / "home"))
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


@pytest.fixture
def site(folder: Path, account: site_hosts.Account, kubeconfig: Path) -> Site:
    lock = folder / "lock.json"
    lock.write_text(json.dumps(IMAGES))
    options = Options(env="onprem", kubeconfig=str(kubeconfig), s3=account.endpoint, images_lock=str(lock))
    return Site.parse(options, {layer: declared(layer, "onprem") for layer in LAYERS})


@pytest.fixture
def project(site: Site) -> SiteProject:
    home = Home.of_site(site.env)
    accounts.make_key(home, site, Progress())
    accounts.write(home, site)
    project = SiteProject(home, site, Toolchain().path("pulumi"))
    project.write()
    return project


def kubectl(site: Site, *arguments: str) -> str:
    command = [str(Toolchain().path("kubectl")), "--kubeconfig", str(site.kubeconfig), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def output(violations: Violations) -> str:
    return "\n".join(str(violation) for violation in violations.found)


def test_what_a_bare_cluster_lacks_is_said_with_what_installs_it(site: Site) -> None:
    violations = Violations("up")
    Cluster(Toolchain().path("kubectl"), site.kubeconfig).check(violations, site)
    assert [violation.value for violation in violations.found][:2] == [
        "jobsets.jobset.x-k8s.io",
        "workflows.argoproj.io",
    ]
    for expected in ("manifests.yaml", "install.yaml", "at least one node is ready", "StorageClass of that name"):
        assert expected in output(violations)


def test_what_was_installed_is_no_longer_missing(site: Site) -> None:
    tools = Toolchain()
    definitions = [
        tools.assets("jobset", "config") / "components" / "crd" / "bases" / "jobset.x-k8s.io_jobsets.yaml",
        tools.assets("argo", "manifests") / "base" / "crds" / "minimal" / "argoproj.io_workflows.yaml",
    ]
    for definition in definitions:
        kubectl(site, "apply", "--server-side", "--filename", str(definition))
    violations = Violations("up")
    Cluster(Toolchain().path("kubectl"), site.kubeconfig).check(violations, site)
    assert "jobsets.jobset.x-k8s.io" not in output(violations)
    assert "workflows.argoproj.io" not in output(violations)


def test_a_cluster_that_does_not_answer_is_one_fault(site: Site, tmp_path: Path) -> None:
    dead = tmp_path / "kubeconfig"
    address = json.loads(site.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    dead.write_text(site.kubeconfig.read_text().replace(address, f"https://127.0.0.1:{site_hosts.free_port()}"))
    violations = Violations("up")
    Cluster(Toolchain().path("kubectl"), dead).check(violations, site)
    assert len(violations.found) == 1
    assert "the API server that the kubeconfig names answers" in output(violations)


def test_a_store_on_loopback_is_refused_for_pods_and_can_lock(site: Site, folder: Path) -> None:
    violations = Violations("up")
    check_store(violations, "vault", site.stores["vault"])
    assert [violation.path for violation in violations.found] == ["VAULT_S3"]
    assert "loopback is each pod's own" in output(violations)
    assert not [path for path in (folder / "disk").iterdir() if "probe" in path.name]


def test_a_vaults_bucket_without_a_lock_is_refused(site: Site) -> None:
    store = replace(site.stores["vault"], bucket="plain")
    s3_of(store.endpoint, store.profile).create_bucket(Bucket="plain", ObjectLockEnabledForBucket=False)
    violations = Violations("up")
    check_store(violations, "vault", store)
    assert "is made with Object Lock" in output(violations)


@pytest.mark.parametrize(
    ("profile", "expected"), [("stranger", "InvalidAccessKeyId|403|Forbidden"), ("nobody", "no such AWS profile")]
)
def test_a_profile_that_the_store_does_not_know_is_one_fault(site: Site, profile: str, expected: str) -> None:
    violations = Violations("up")
    check_store(
        violations, "objects", Store(bucket="objects", endpoint=site.stores["objects"].endpoint, profile=profile)
    )
    assert len(violations.found) == 2
    assert any(word in output(violations) for word in expected.split("|"))


@pytest.mark.parametrize(("jump", "expected"), [("+2h", "120 minutes ahead of"), ("-2h", "(119|120) minutes behind")])
def test_a_clock_that_differs_from_the_stores_is_named(site: Site, jump: str, expected: str) -> None:
    install(Progress(), {"faketime": "faketime"})
    store = site.stores["objects"]
    given = ("--kubeconfig", str(site.kubeconfig), "--s3", store.endpoint, "--images-lock", str(site.images_lock))
    done = subprocess.run(
        ["faketime", "-f", jump, sys.executable, "-m", "cli", "check", "--env", "onprem", *given],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.search(rf"this machine's clock is {expected} the store's: set it", done.stderr), done.stderr


def test_vault_and_platform_are_deployed_and_nothing_of_aws_is_declared(project: SiteProject, site: Site) -> None:
    progress = Progress()
    assert "created" in project.up("vault", progress)
    assert "created" in project.up("platform", progress)
    assert kubectl(site, "get", "namespace", "factory", "--output", "name").strip() == "namespace/factory"
    claim = json.loads(kubectl(site, "--namespace", "factory", "get", "pvc", "shared", "--output", "json"))
    assert claim["spec"]["storageClassName"] == "shared"
    objects = site.stores["objects"]
    contract = s3_of(objects.endpoint, objects.profile).get_object(
        Bucket=objects.bucket, Key="contracts/onprem.platform.json"
    )
    assert json.loads(contract["Body"].read())["gpu_node_labels"] == {"nvidia.com/gpu.present": "true"}
    state = "".join(path.read_text() for path in (Home.of_site("onprem").state / "pulumi").rglob("*.json"))
    assert "aifactory:cluster:ExistingCluster" in state
    assert "pulumi:providers:aws" not in state


def test_pods_got_the_root_account_of_the_store(
    project: SiteProject, folder: Path, account: site_hosts.Account
) -> None:
    """They have accounts of their own, made by the layers, whose secrets are in no state in clear."""
    home = Home.of_site("onprem")
    state = "".join(path.read_text() for path in (home.state / "pulumi").rglob("*.json"))
    for secret in pod_accounts.HOLDS:
        written = (home.credentials / secret / "credentials").read_text()
        assert account.password not in written
        keys = configparser.RawConfigParser()
        keys.read_string(written)
        for store in keys.sections():
            assert keys[store]["aws_secret_access_key"] not in state
            s3 = boto3.client(
                "s3",
                "us-east-1",
                endpoint_url=account.endpoint,
                aws_access_key_id=keys[store]["aws_access_key_id"],
                aws_secret_access_key=keys[store]["aws_secret_access_key"],
            )
            assert "KeyCount" in s3.list_objects_v2(Bucket=f"aifactory-{store}")
    assert (home.credentials / pod_accounts.KEY).read_text() not in state


def test_a_second_up_changes_nothing(project: SiteProject) -> None:
    progress = Progress()
    for layer in ("vault", "platform"):
        assert project.up(layer, progress).replace(" ", "").endswith("unchanged"), layer


def test_a_note_that_a_killed_engine_left_half_written_stops_no_command_that_looks(project: SiteProject) -> None:
    note = Home.of_site("onprem").state / "pulumi" / ".pulumi" / "stacks" / "aifactory" / "onprem.vault.json.attrs"
    assert note.exists()
    for look in (project.stacks, lambda: project.outputs("vault"), lambda: project.preview("vault")):
        note.write_text("")
        assert look()


def test_the_workloads_are_previewed_without_asking_anything_else(project: SiteProject) -> None:
    output = project.preview("workloads")
    assert "kubernetes:argoproj.io/v1alpha1:Workflow" in output
    assert "train" in output


def test_the_command_says_all_of_it_in_one_message(site: Site) -> None:
    command = [sys.executable, "-m", "cli", "up", "--env", "onprem", "--kubeconfig", str(site.kubeconfig)]
    done = subprocess.run(
        [*command, "--s3", site.stores["objects"].endpoint, "--images-lock", str(site.images_lock)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for expected in ("one node is ready", "STORAGE_CLASS = 'shared'", "S3 = ", "VAULT_S3 = ", "OFFSITE_S3 = "):
        assert expected in done.stderr
