"""The accounts that pods get come from the user's own AWS profiles."""

import configparser
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cli.existing import accounts
from cli.existing.options import Site, Store
from cli.home import Home
from cli.pod_accounts import HOLDS
from components.violations import SpecError
from host.progress import Progress
from tests.local_moto import local_moto

PLAIN = """[objects]
aws_access_key_id = OBJECTS
aws_secret_access_key = 50%of/it
[vault]
aws_access_key_id = VAULT
aws_secret_access_key = secret
[offsite]
aws_access_key_id = OFFSITE
aws_secret_access_key = secret
"""


def site(ca: Path | None = None) -> Site:
    stores = {
        name: Store(bucket=f"the-{name}", endpoint=f"https://{name}.example.org", profile=name)
        for name in ("objects", "vault", "offsite")
    }
    return Site(
        env="onprem",
        kubeconfig=Path("kubeconfig"),
        stores=stores,
        images_lock=Path("lock.json"),
        local_volume="",
        storage_class="shared",
        serving_node_port=30080,
        model="",
        registry_auth="",
        pods=None,
        ca=ca,
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    (tmp_path / "credentials-file").write_text(PLAIN)
    (tmp_path / "config-file").write_text("[profile vault]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials-file"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config-file"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path / "site")


def read(home: Home, name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read(home.credentials / name)
    return parser


def test_pods_that_work_reach_no_vault(home: Home) -> None:
    accounts.write(home, site())
    assert read(home, "stores-objects/credentials").sections() == ["objects"]
    assert set(read(home, "stores-protection/credentials").sections()) == {"objects", "vault", "offsite"}


def test_keys_and_addresses_arrive_as_they_are(home: Home) -> None:
    accounts.write(home, site())
    assert read(home, "stores-objects/credentials")["objects"]["aws_secret_access_key"] == "50%of/it"
    vault = read(home, "stores-protection/config")["profile vault"]
    assert (vault["endpoint_url"], vault["region"]) == ("https://vault.example.org", "eu-central-1")
    assert "ca_bundle" not in vault


def test_only_their_owner_reads_them(home: Home) -> None:
    accounts.write(home, site())
    assert (home.credentials / "stores-protection" / "credentials").stat().st_mode & 0o077 == 0


def test_a_private_authority_goes_with_them(home: Home, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    accounts.write(home, site(authority))
    config = read(home, "stores-objects/config")["profile objects"]
    assert config["ca_bundle"] == "/etc/aifactory/stores/ca.pem"
    assert (home.credentials / "stores-objects" / "ca.pem").read_text() == authority.read_text()
    accounts.write(home, site())
    assert not (home.credentials / "stores-objects" / "ca.pem").exists()


def test_a_profile_that_is_not_there_is_named(home: Home, tmp_path: Path) -> None:
    (tmp_path / "credentials-file").write_text(PLAIN.partition("[vault]")[0])
    (tmp_path / "config-file").write_text("")
    with pytest.raises(SpecError) as caught:
        accounts.write(home, site())
    assert [violation.path for violation in caught.value.violations] == ["VAULT_PROFILE", "OFFSITE_PROFILE"]


def test_keys_that_expire_are_no_pods_keys(home: Home, tmp_path: Path) -> None:
    (tmp_path / "credentials-file").write_text(PLAIN.replace("[vault]", "aws_session_token = soon\n[vault]"))
    with pytest.raises(SpecError, match="keys that do not expire") as caught:
        accounts.write(home, site())
    assert "50%of" not in str(caught.value)


def test_where_no_store_makes_accounts_pods_get_the_profiles_keys_and_it_is_said(home: Home) -> None:
    with local_moto() as endpoint:
        here = site()
        stores = {name: replace(store, endpoint=endpoint) for name, store in here.stores.items()}
        output = io.StringIO()
        accounts.make_key(home, replace(here, stores=stores), Progress(Console(file=output, soft_wrap=True)))
    assert len(output.getvalue().splitlines()) == 1
    assert "pods get the keys of the profiles" in output.getvalue()
    assert "STORES=FOLDER" in output.getvalue()
    assert accounts.kept_key(home, here) is None
    accounts.write(home, here)
    assert read(home, "stores-serving/credentials")["objects"]["aws_access_key_id"] == "OBJECTS"


def test_a_key_that_is_kept_stays_while_its_stores_are_away(home: Home) -> None:
    home.write_secret("accounts-key", "0" * 64)
    accounts.make_key(home, site(), Progress())
    accounts.write(home, site())
    assert (home.credentials / "accounts-key").read_text() == "0" * 64
    assert {
        secret: {store: read(home, f"{secret}/credentials")[store]["aws_access_key_id"] for store in HOLDS[secret]}
        for secret in HOLDS
    } == {
        "stores-objects": {"objects": "the-objects.stages"},
        "stores-protection": {
            "objects": "the-objects.stages",
            "vault": "the-vault.copies",
            "offsite": "the-offsite.copies",
        },
        "stores-serving": {"objects": "the-objects.serving"},
        "stores-logs": {"vault": "the-vault.logs", "offsite": "the-offsite.logs"},
    }
    for secret in HOLDS:
        assert "50%of/it" not in (home.credentials / secret / "credentials").read_text()


def test_with_accounts_of_their_own_the_users_folder_is_left_alone(home: Home, tmp_path: Path) -> None:
    here = replace(site(), pods=tmp_path)
    home.write_secret("accounts-key", "0" * 64)
    accounts.make_key(home, here, Progress())
    accounts.write(home, here)
    assert accounts.kept_key(home, here) is None
    assert not (home.credentials / "stores-objects").exists()


def test_with_accounts_of_their_own_profiles_may_expire(home: Home, tmp_path: Path) -> None:
    (tmp_path / "credentials-file").write_text(PLAIN.replace("[vault]", "aws_session_token = soon\n[vault]"))
    home.write_secret("accounts-key", "0" * 64)
    accounts.write(home, site())
    assert "soon" not in (home.credentials / "stores-objects" / "credentials").read_text()
