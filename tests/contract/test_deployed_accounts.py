"""The accounts of pods through the life of a stack, by the real engine: made, healed, rotated, replaced, removed."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from components.object_store.admin import admin_of
from components.object_store.resources import OBJECT
from components.object_store.roles import OBJECTS_ROLES, SERVING, STAGES, account_name, secret_of
from components.object_store.store import code_of, s3_of
from host.cache import REPOSITORY
from host.documents import mapping
from tests.contract.deployment import NO_ACCOUNT, STACK, Deployment
from tests.contract.life import DRIFT, UP
from tests.contract.servers import minio, moto

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PROGRAM = Path(__file__).parent / "programs" / "accounts.py"
PLUGIN = str(REPOSITORY / "pulumi_plugin" / "object_store")
CONTRACT = """
import pulumi
from components.object_store.resources import Bucket, Object
endpoint = pulumi.Config().require("endpoint")
bucket = Bucket("bucket", bucket="contracts", endpoint=endpoint)
Object("contract", bucket=bucket.bucket, key="contracts/one.json", content="{}", endpoint=endpoint)
"""
FIRST, SECOND = "1" * 64, "2" * 64
URN = f"urn:pulumi:{STACK}::aifactory::aifactory:object_store:ObjectStore$aifactory:object_store:Account::objects-{{}}"


def stack_in(folder: Path, endpoint: str, key: str) -> Deployment:
    made = Deployment.of(folder / "project", PROGRAM.read_text(), plugin=PLUGIN)
    declare(made, endpoint, key)
    return made


def declare(stack: Deployment, endpoint: str, key: str) -> None:
    file = stack.folder / "accounts-key"
    file.write_text(key)
    stack.configure({"endpoint": endpoint, **({"key": str(file)} if key else {})})


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack whose accounts stand on a MinIO."""

    stack: Deployment
    endpoint: str

    def refusal(self, role: str, key: str) -> str:
        """The store's code where a role's account may not list its bucket; "" where it may."""
        s3 = cast(
            "S3Client",
            boto3.client(
                "s3",
                "us-east-1",
                endpoint_url=self.endpoint,
                aws_access_key_id=account_name("objects", role),
                aws_secret_access_key=secret_of(key, "objects", role),
                config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
            ),
        )
        try:
            s3.list_objects_v2(Bucket="objects")
        except ClientError as error:
            return code_of(error)
        return ""

    def works(self, key: str) -> bool:
        return [self.refusal(role, key) for role in OBJECTS_ROLES] == ["", ""]

    def unchanged(self) -> None:
        for command in (UP, DRIFT):
            self.stack.succeed(*command, "--expect-no-changes")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with minio(tmp_path_factory.mktemp("disk")) as endpoint, pytest.MonkeyPatch.context() as here:
        for key, value in NO_ACCOUNT.items():
            here.setenv(key, value)
        yield endpoint


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, store: str) -> Deployment:
    return stack_in(tmp_path_factory.mktemp("accounts"), store, FIRST)


@pytest.fixture
def deployed(stack: Deployment, store: str) -> Deployed:
    """As it is declared first, whatever an earlier test left."""
    declare(stack, store, FIRST)
    stack.succeed(*UP, "--refresh")
    return Deployed(stack, store)


def test_accounts_are_made_and_a_second_up_changes_nothing(deployed: Deployed) -> None:
    assert deployed.works(FIRST)
    deployed.unchanged()


def test_no_secret_is_clear_in_the_state_nor_said(deployed: Deployed) -> None:
    deployed.stack.succeed("refresh", "--yes")
    output = deployed.stack.succeed("preview", "--diff", "--show-sames") + deployed.stack.state()
    for text in (FIRST, *(secret_of(FIRST, "objects", role) for role in OBJECTS_ROLES)):
        assert text not in output


def test_an_account_that_was_changed_by_hand_is_made_good(deployed: Deployed) -> None:
    name = account_name("objects", STAGES)
    with admin_of(deployed.endpoint, "") as admin:
        admin.policy_set("consoleAdmin", user=name)
    done = deployed.stack.run(*DRIFT, "--expect-no-changes")
    assert done.returncode != 0
    assert "objects-stages" in done.stdout
    deployed.stack.succeed(*UP, "--refresh")
    deployed.unchanged()
    with admin_of(deployed.endpoint, "") as admin:
        assert mapping(json.loads(admin.user_info(name)))["policyName"] == name


def test_an_account_that_was_removed_by_hand_is_made_again(deployed: Deployed) -> None:
    with admin_of(deployed.endpoint, "") as admin:
        admin.user_remove(account_name("objects", SERVING))
    assert deployed.refusal(SERVING, FIRST)
    deployed.stack.succeed(*UP, "--refresh")
    assert deployed.works(FIRST)


def test_another_key_ends_the_old_secrets(deployed: Deployed) -> None:
    declare(deployed.stack, deployed.endpoint, SECOND)
    output = deployed.stack.succeed(*UP)
    assert "2 updated" in output
    assert deployed.works(SECOND)
    assert [deployed.refusal(role, FIRST) for role in OBJECTS_ROLES] == ["SignatureDoesNotMatch"] * 2


def test_an_account_that_was_replaced_under_its_name_was_gone(deployed: Deployed) -> None:
    """The removal of the old one took the new one with it."""
    deployed.stack.succeed(*UP, "--target-replace", URN.format(STAGES))
    assert deployed.works(FIRST)
    deployed.unchanged()


def test_a_contract_that_was_replaced_under_its_name_was_gone(store: str, tmp_path: Path) -> None:
    stack = Deployment.of(tmp_path / "project", CONTRACT, plugin=PLUGIN)
    stack.configure({"endpoint": store})
    stack.succeed(*UP)
    stack.succeed(*UP, "--target-replace", f"urn:pulumi:{STACK}::aifactory::{OBJECT}::contract")
    assert s3_of(store, "").get_object(Bucket="contracts", Key="contracts/one.json")["Body"].read() == b"{}"


def test_an_engine_that_was_killed_while_it_made_an_account_needs_no_hands(deployed: Deployed) -> None:
    """The account is there, with another secret and no policy; the state knows of a begun creation alone."""
    file = deployed.stack.folder / "exported.json"
    deployed.stack.succeed("stack", "export", "--file", str(file))
    exported = cast("dict[str, dict[str, list[dict[str, object]]]]", json.loads(file.read_text()))
    resources = exported["deployment"]["resources"]
    (begun,) = (one for one in resources if one["urn"] == URN.format(STAGES))
    resources.remove(begun)
    half = {key: value for key, value in begun.items() if key not in ("id", "outputs")}
    exported["deployment"]["pending_operations"] = [{"resource": half, "type": "creating"}]
    file.write_text(json.dumps(exported))
    deployed.stack.succeed("stack", "import", "--file", str(file))
    with admin_of(deployed.endpoint, "") as admin:
        admin.user_add(account_name("objects", STAGES), "3" * 40)
        admin.policy_unset(account_name("objects", STAGES), user=account_name("objects", STAGES))
    recovered = deployed.stack.recover()
    assert recovered.returncode == 0, recovered.stderr
    deployed.stack.succeed(*UP, "--refresh")
    assert deployed.works(FIRST)
    deployed.unchanged()


def test_without_a_key_the_accounts_and_their_policies_are_gone(deployed: Deployed) -> None:
    declare(deployed.stack, deployed.endpoint, "")
    assert "2 deleted" in deployed.stack.succeed(*UP)
    with admin_of(deployed.endpoint, "") as admin:
        assert mapping(json.loads(admin.user_list())) == {}
        assert not [name for name in mapping(json.loads(admin.policy_list())) if name.startswith("objects.")]
    deployed.unchanged()


def test_a_store_that_is_no_minio_is_one_error_that_names_the_remedy(tmp_path: Path) -> None:
    with moto() as endpoint:
        done = stack_in(tmp_path, endpoint, FIRST).run(*UP)
    assert done.returncode != 0
    output = [
        line for line in (done.stdout + done.stderr).splitlines() if "error:" in line and "update failed" not in line
    ]
    assert output
    assert all("STORES=FOLDER" in line for line in output)


def test_the_accounts_of_a_destroyed_stack_are_gone(deployed: Deployed) -> None:
    deployed.stack.succeed("destroy", "--yes", "--skip-preview")
    with admin_of(deployed.endpoint, "") as admin:
        assert mapping(json.loads(admin.user_list())) == {}
