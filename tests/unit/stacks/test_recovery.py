"""What a recovery does to a state, and to what a killed engine left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stacks.recovery import inventory, locks, orphan_processes
from stacks.recovery.account import Account
from stacks.recovery.document import LEFT_OVER, Document, Entry, Found
from stacks.recovery.errors import RecoveryError
from stacks.recovery.tags import RESOURCE, STACK, Owner
from tests.local_moto import local_moto
from tests.support.programs import until

ROOT = "urn:pulumi:lab.platform::aifactory"
STACK_URN = f"{ROOT}::pulumi:pulumi:Stack::aifactory-lab.platform"
PROVIDER_URN = f"{ROOT}::pulumi:providers:aws::aws"
NETWORK_URN = f"{ROOT}::aifactory:network:Network::network"
VPC_URN = f"{ROOT}::aifactory:network:Network$aws:ec2/vpc:Vpc::network-vpc"
VPC = "aws:ec2/vpc:Vpc"
PROVIDER = f"{PROVIDER_URN}::1"


def entry(urn: str, **more: object) -> Entry:
    return {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], **more}


def document(*more: Entry, pending: tuple[Entry, ...] = ()) -> Document:
    known = [entry(STACK_URN), entry(PROVIDER_URN, id="1", inputs={}), entry(NETWORK_URN, parent=STACK_URN)]
    operations = [{"resource": one, "type": "creating"} for one in pending]
    return Document({"deployment": {"resources": [*known, *more], "pending_operations": operations}})


def found(identity: str) -> Found:
    return Found(urn=VPC_URN, id=identity, provider=PROVIDER)


def test_a_thing_says_whose_it_is() -> None:
    tags = Owner(VPC_URN).tags()
    assert tags == {
        STACK: "aifactory/lab.platform",
        RESOURCE: "aifactory:network:Network+aws:ec2/vpc:Vpc::network-vpc",
    }
    assert Owner.of(tags) == Owner(VPC_URN)


@pytest.mark.parametrize("tags", [{}, {STACK: "x"}, {STACK: "a/b", RESOURCE: "x"}, {"Name": "network"}])
def test_anything_else_is_nobodys(tags: dict[str, str]) -> None:
    assert Owner.of(tags) is None


def test_what_was_being_made_is_adopted_as_it_was_declared() -> None:
    declared = entry(
        VPC_URN,
        custom=True,
        inputs={"cidrBlock": "10.0.0.0/16"},
        parent=NETWORK_URN,
        provider=PROVIDER,
        dependencies=[NETWORK_URN, f"{ROOT}::never:made:Thing::it"],
    )
    state = document(pending=(declared,))
    assert state.adopt([found("vpc-1")], {(VPC, "vpc-1")}) == ["adopted aws:ec2/vpc:Vpc network-vpc (vpc-1)"]
    adopted = state.resources[-1]
    assert (adopted["id"], adopted["inputs"], adopted["outputs"]) == ("vpc-1", {"cidrBlock": "10.0.0.0/16"}, {})
    assert (adopted["parent"], adopted["provider"], adopted["dependencies"]) == (NETWORK_URN, PROVIDER, [NETWORK_URN])
    state.settle()
    assert state.clean


def test_what_only_its_tags_know_is_adopted_under_its_parent() -> None:
    state = document()
    state.adopt([found("vpc-1")], {(VPC, "vpc-1")})
    adopted = state.resources[-1]
    assert (adopted["urn"], adopted["parent"], adopted["custom"]) == (VPC_URN, NETWORK_URN, True)
    # Until a refresh has looked at it.
    assert state.unseen == [VPC_URN]


def test_an_id_that_is_gone_gives_way_to_the_one_that_stands() -> None:
    after = entry(f"{ROOT}::aws:ec2/subnet:Subnet::place", id="subnet-1", dependencies=[VPC_URN])
    inputs = {"cidrBlock": "10.0.0.0/16"}
    state = document(entry(VPC_URN, id="vpc-edited", inputs=inputs), after)
    state.adopt([found("vpc-1")], {(VPC, "vpc-1")})
    assert state.resources[-2]["inputs"] == inputs
    assert [one.get("id") for one in state.resources[-2:]] == ["vpc-1", "subnet-1"]


def test_half_of_a_replacement_is_to_be_removed_and_what_stands_stays() -> None:
    state = document(entry(VPC_URN, id="vpc-1"))
    done = state.adopt([found("vpc-2")], {(VPC, "vpc-1"), (VPC, "vpc-2")})
    assert done == ["removed aws:ec2/vpc:Vpc network-vpc (vpc-2), of a replacement that did not end"]
    assert state.left_over == [f"{VPC_URN}{LEFT_OVER}0"]
    assert [one["id"] for one in state.resources if one["urn"] == VPC_URN] == ["vpc-1"]


def lock(backend: Path, pid: int, host: str) -> Path:
    path = backend / ".pulumi" / "locks" / "organization" / "aifactory" / "lab.platform" / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"pid": pid, "username": "me", "hostname": host, "timestamp": "noon"}))
    return path


@contextmanager
def process(*command: str, **environment: str) -> Generator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_a_lock_whose_holder_is_gone_is_broken(tmp_path: Path) -> None:
    with process(sys.executable, "-c", "") as gone:
        gone.wait()
        path = lock(tmp_path, gone.pid, socket.gethostname())
    assert len(locks.break_stale(f"file://{tmp_path}", "lab.platform")) == 1
    assert not path.exists()


def test_a_lock_of_another_stack_is_left_alone(tmp_path: Path) -> None:
    path = lock(tmp_path, 0, socket.gethostname())
    assert locks.break_stale(f"file://{tmp_path}", "lab.vault") == []
    assert path.exists()


def test_a_deployment_at_work_is_not_disturbed(tmp_path: Path) -> None:
    engine = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "", engine)
    with process(str(engine), "60") as at_work:
        path = lock(tmp_path, at_work.pid, socket.gethostname())
        with pytest.raises(RecoveryError, match=f"process {at_work.pid} .*wait until it has ended"):
            locks.break_stale(f"file://{tmp_path}", "lab.platform")
    assert path.exists()


def test_a_lock_of_another_machine_is_a_users_decision(tmp_path: Path) -> None:
    lock(tmp_path, 1, "elsewhere")
    with pytest.raises(RecoveryError, match=r"elsewhere.*pulumi cancel --stack lab\.platform"):
        locks.break_stale(f"file://{tmp_path}", "lab.platform")


def test_a_plugin_without_its_engine_is_ended(tmp_path: Path) -> None:
    backend = f"file://{tmp_path}"
    work = "import time; time.sleep(60)  # as pulumi-resource-aws does"
    with (
        process(sys.executable, "-c", work, **{orphan_processes.BACKEND: backend}) as stray,
        process(sys.executable, "-c", work, **{orphan_processes.BACKEND: f"{backend}-of-another"}) as other,
    ):
        assert orphan_processes.end(backend) == [f"ended process {stray.pid}, left behind by a killed engine"]
        assert stray.wait() == -signal.SIGTERM
        assert other.poll() is None


def test_the_kubernetes_plugin_of_a_killed_engine_is_ended_and_that_of_a_living_one_works_on(tmp_path: Path) -> None:
    # A program of its own, as the official plugin is: the kernel cuts its name to `pulumi-resource`.
    plugin, engine, backend = tmp_path / "pulumi-resource-kubernetes", tmp_path / "pulumi", f"file://{tmp_path}"
    shutil.copy(shutil.which("sleep") or "", plugin)
    engine.write_text(f"#!/bin/sh\n{plugin} 60 &\necho $! > {tmp_path}/pid\nwait\n")
    engine.chmod(0o755)
    with process(str(engine), **{orphan_processes.BACKEND: backend}) as living:
        until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        pid = int((tmp_path / "pid").read_text())
        assert orphan_processes.end(backend) == []
        living.kill()
        living.wait()
        assert orphan_processes.end(backend) == [f"ended process {pid}, left behind by a killed engine"]
        assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_block_that_a_killed_engine_added_to_a_vpc_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS refuses to add it again, and it carries no tag by which it could be known."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with local_moto() as endpoint:
        account = Account("us-east-1", "", {"ec2": endpoint})
        vpc = str(account.one("ec2", "create_vpc", "Vpc", CidrBlock="10.64.0.0/16")["VpcId"])
        block = {"VpcId": vpc, "CidrBlock": "10.65.0.0/16"}
        made = account.one("ec2", "associate_vpc_cidr_block", "CidrBlockAssociation", **block)
        assert inventory.block_of(account, vpc, "10.65.0.0/16") == made["AssociationId"]
        assert inventory.block_of(account, vpc, "10.66.0.0/16") == ""
        assert inventory.block_of(account, "vpc-00000000", "10.65.0.0/16") == ""
