"""Each layer's state where its configuration says, and its secrets under what it says: with the real engine and a real store."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from cli.existing import accounts
from cli.existing import project as site_project
from cli.existing.options import Options, Site
from cli.existing.project import CloudProject, SiteProject
from cli.home import Home
from cli.project import declared
from components.object_store.store import s3_of
from components.violations import SpecError
from host.progress import Progress
from stacks.names import LAYERS
from tests.contract import site_hosts, transit
from toolchain.install import Toolchain


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[site_hosts.Account]:
    with site_hosts.store(tmp_path) as account:
        keys = f"aws_access_key_id = {account.user}\naws_secret_access_key = {account.password}\n"
        profiles = ("objects", "vault", "offsite", "state")
        (tmp_path / "credentials").write_text("".join(f"[{name}]\n{keys}" for name in profiles))
        (tmp_path / "config").write_text("")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AIFACTORY_HOME", str(tmp_path / "home"))
        yield account


def project(folder: Path, account: site_hosts.Account, monkeypatch: pytest.MonkeyPatch) -> SiteProject:
    """The vault's state apart, under a key of HashiCorp Vault; that of the others under a passphrase."""
    s3 = s3_of(account.endpoint, "state")
    for bucket in ("state", "state-vault"):
        s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=False)
    at = f"region=us-east-1&profile=state&endpoint={account.endpoint}&s3ForcePathStyle=true"
    shared = {"backend": f"s3://state?{at}", "secretsProvider": "passphrase"}
    apart = {"backend": f"s3://state-vault?{at}", "secretsProvider": "hashivault://aifactory"}
    # JSON is YAML.
    written = {"vault": apart, "platform": shared, "workloads": shared}
    (folder / "onprem.backends.yaml").write_text(json.dumps(written))
    monkeypatch.setattr(site_project, "CONFIG", folder)
    kubeconfig, lock = folder / "kubeconfig", folder / "lock.json"
    kubeconfig.write_text("{}")
    lock.write_text(json.dumps({"workloads": f"registry.example.org/w@sha256:{'0' * 64}", "environment": "0" * 64}))
    options = Options(env="onprem", kubeconfig=str(kubeconfig), s3=account.endpoint, images_lock=str(lock))
    site = Site.parse(options, {layer: declared(layer, "onprem") for layer in LAYERS})
    home = Home.of_site("onprem")
    accounts.write(home, site)
    return SiteProject(home, site, Toolchain().path("pulumi"))


def test_each_layer_keeps_its_state_where_it_is_told(
    tmp_path: Path, account: site_hosts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transit.serving() as vault:
        monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of a test")
        monkeypatch.setenv("VAULT_SERVER_URL", vault.url)
        monkeypatch.setenv("VAULT_SERVER_TOKEN", vault.token)
        made = project(tmp_path, account, monkeypatch)
        made.write()
        assert "created" in made.up("vault", Progress())
        assert any("/transit/encrypt/aifactory" in path for path in vault.asked)
        assert made.outputs("vault")["vault_bucket"] == "aifactory-vault"
    s3 = s3_of(account.endpoint, "state")
    state = s3.get_object(Bucket="state-vault", Key=".pulumi/stacks/aifactory/onprem.vault.json")["Body"].read()
    assert json.loads(state)["checkpoint"]["latest"]["secrets_providers"]["type"] == "cloud"
    assert not list((Home.of_site("onprem").state / "pulumi").rglob("*.json"))


def test_a_passphrase_that_is_not_at_hand_is_said_before_anything(
    tmp_path: Path, account: site_hosts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SpecError, match="export PULUMI_CONFIG_PASSPHRASE_FILE=PATH"):
        project(tmp_path, account, monkeypatch)


def test_an_environment_at_a_cloud_keeps_its_state_where_it_is_told_too(
    tmp_path: Path, account: site_hosts.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = s3_of(account.endpoint, "state")
    s3.create_bucket(Bucket="state-vault", ObjectLockEnabledForBucket=False)
    at = f"region=us-east-1&profile=state&endpoint={account.endpoint}&s3ForcePathStyle=true"
    written = {layer: {"backend": f"s3://state-{layer}?{at}", "secretsProvider": "passphrase"} for layer in LAYERS}
    (tmp_path / "aws.backends.yaml").write_text(json.dumps(written))
    monkeypatch.setattr(site_project, "CONFIG", tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of a test")
    made = CloudProject(Home.of_site("aws"), "aws", Toolchain().path("pulumi"))
    made.write()
    assert "aws:s3/bucket:Bucket  vault-bucket" in made.preview("vault")
    assert s3.get_object(Bucket="state-vault", Key=".pulumi/stacks/aifactory/aws.vault.json")["Body"].read()
