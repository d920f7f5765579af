"""Filesystem: sizes that FSx makes, and what an export of NFS and the choice among the kinds must be."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.filesystem.args import FilesystemArgs, LustreArgs, NfsArgs
from components.filesystem.lustre import EFA_STEP_GIB
from components.filesystem.spec import FilesystemSpec
from components.violations import SpecError, Violation


def lustre(size: int, **more: object) -> FilesystemArgs:
    where = {"subnet_id": "subnet-1", "security_group_id": "sg-1", **more}
    return {"size_gib": size, "namespace": "factory", "lustre": cast("LustreArgs", where)}


def nfs(export: NfsArgs) -> FilesystemArgs:
    return {"size_gib": 1, "namespace": "factory", "nfs": export}


def only_violation(args: FilesystemArgs) -> Violation:
    with pytest.raises(SpecError) as caught:
        FilesystemSpec.parse(args)
    (violation,) = caught.value.violations
    return violation


@pytest.mark.parametrize(("size", "nearest"), [(100, 1200), (1199, 1200), (1201, 2400), (2401, 4800)])
def test_the_remedy_is_the_smallest_size_that_is_valid(size: int, nearest: int) -> None:
    assert only_violation(lustre(size)) == Violation(
        "size_gib", size, "FSx for Lustre makes 1200 GiB or a multiple of 2400 GiB", f"set {nearest}"
    )


@given(size=st.integers(1, 100_000), efa=st.booleans(), throughput=st.sampled_from(sorted(EFA_STEP_GIB)))
def test_what_the_remedy_says_is_taken(size: int, efa: bool, throughput: int) -> None:
    try:
        FilesystemSpec.parse(lustre(size, efa=efa, throughput=throughput))
    except SpecError as error:
        output = int(str(error).rpartition("set ")[2])
        assert output >= size
        assert FilesystemSpec.parse(lustre(output, efa=efa, throughput=throughput)).size_gib == output


@pytest.mark.parametrize(
    ("given", "found"),
    [({}, ""), ({"nfs": {"server": "a", "path": "/"}, "storage_class": "shared"}, "storage_class and nfs")],
)
def test_a_filesystem_of_nothing_or_of_two_things_is_refused(given: FilesystemArgs, found: str) -> None:
    violation = only_violation({"size_gib": 1, "namespace": "factory", **given})
    assert (violation.path, violation.value) == ("storage_class", found)
    assert violation.rule.startswith("a filesystem is made of one thing: FSx for Lustre, an export of NFS")
    assert violation.remedy == "give exactly one of lustre, nfs, local_volume and storage_class"


def test_an_export_is_mounted_hard_and_with_locks() -> None:
    """B6: SQLite and the gateway's spool need the locks that NFS has from version 4 on."""
    spec = FilesystemSpec.parse(nfs({"server": "nfs.example.org", "path": "/export/factory"}))
    assert spec.mount_options == ("nfsvers=4.1", "hard")
    assert (spec.addon, spec.expected_mbps) == ("", None)


@pytest.mark.parametrize("server", ["nfs.example.org", "10.0.0.4", "fd00::4"])
def test_a_server_is_a_name_or_an_address(server: str) -> None:
    assert FilesystemSpec.parse(nfs({"server": server, "path": "/"}))


@pytest.mark.parametrize("server", ["", "nfs:2049", "nfs.example.org/export", "-nfs"])
def test_what_no_server_is_called_is_refused(server: str) -> None:
    assert only_violation(nfs({"server": server, "path": "/export"})) == Violation(
        "nfs.server",
        server,
        "an NFS server has a host name or an IP address, without a port or a path",
        "e.g. nfs.example.org; a port is a mount option, port=2049",
    )


@pytest.mark.parametrize("path", ["", "export", "/export/../etc"])
def test_an_export_that_is_no_absolute_path_is_refused(path: str) -> None:
    assert only_violation(nfs({"server": "nfs", "path": path})) == Violation(
        "nfs.path", path, "an export is an absolute path on the server", "showmount --exports nfs"
    )


@pytest.mark.parametrize(("option", "instead"), [("soft", "hard"), ("softerr", "hard"), ("nolock", "lock")])
def test_a_mount_that_loses_writes_or_locks_is_refused(option: str, instead: str) -> None:
    export: NfsArgs = {"server": "nfs", "path": "/export", "mount_options": ["nconnect=8", option]}
    assert only_violation(nfs(export)) == Violation(
        "nfs.mount_options",
        option,
        "a mount that gives up on its server, or locks on one node alone, loses data",
        f"{instead}, which is the default",
    )
