"""The lab for real: up, unchanged up, an immutable vault, down without a trace, and up again."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import Lab


class Body(Protocol):
    def read(self) -> bytes: ...


class S3(Protocol):
    def put_object(self, **arguments: object) -> dict[str, str]: ...
    def delete_object(self, **arguments: object) -> object: ...
    def get_object(self, **arguments: object) -> dict[str, Body]: ...


def status(lab: Lab) -> dict[str, dict[str, dict[str, object]]]:
    return cast("dict[str, dict[str, dict[str, object]]]", json.loads(lab("status", "--json").stdout))


def leftovers(home: Path) -> list[str]:
    name = str(json.loads((home / "state" / "identity.json").read_text())["name"])
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/aifactory-{name}")]
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(home) in line]
    said = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    running = [line for line in said.splitlines() if str(home) in line]
    return [*groups, *mounts, *running]


def test_up_brings_every_service_and_layer(lab: Lab) -> None:
    done = lab("up")
    assert done.returncode == 0, done.stdout + done.stderr
    found = status(lab)
    assert [name for name, one in found["services"].items() if not one["healthy"] or not one["pid"]] == []
    assert set(found["stacks"]) == {"lab.vault", "lab.platform"}


def test_an_unchanged_up_changes_nothing(lab: Lab) -> None:
    done = lab("up")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("lab.")]
    assert [line.split(": ")[1].split(" ", 1)[1] for line in lines] == ["unchanged", "unchanged"]


def test_a_vault_object_outlives_the_root_of_its_store(lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials" / "aws" / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "credentials" / "aws" / "config"))
    vault = cast("S3", boto3.Session(profile_name="vault").client("s3"))
    until = datetime.now(UTC) + timedelta(minutes=10)
    put = vault.put_object(
        Bucket="vault", Key="test/kept", Body=b"kept", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )
    with pytest.raises(ClientError):
        vault.delete_object(Bucket="vault", Key="test/kept", VersionId=put["VersionId"], BypassGovernanceRetention=True)
    assert vault.get_object(Bucket="vault", Key="test/kept")["Body"].read() == b"kept"


def test_down_leaves_nothing_and_up_comes_back(lab: Lab, home: Path) -> None:
    assert lab("down").returncode == 0
    assert leftovers(home) == []
    done = lab("up")
    assert done.returncode == 0, done.stdout + done.stderr
    # moto forgot what it held, so the platform is made again; the vault stands.
    assert "lab.vault: 6 unchanged" in done.stdout
    assert lab("down").returncode == 0
    assert leftovers(home) == []


def test_an_unwritable_folder_is_one_message(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = subprocess.run(
        ["python", "-m", "lab", "up"],
        env={**os.environ, "AIFACTORY_HOME": str(blocked / "lab")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "AIFACTORY_HOME" in done.stderr
