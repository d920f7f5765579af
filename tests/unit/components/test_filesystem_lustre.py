"""FSx for Lustre: the combinations that FSx makes, and that nothing on it has a single copy."""

from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.filesystem.args import FilesystemArgs, FoldersArgs, LinkArgs, LustreArgs
from components.filesystem.folders import POD_USER
from components.filesystem.lustre import EFA_STEP_GIB, EVENTS, LustreSpec
from components.filesystem.spec import FilesystemSpec
from components.violations import SpecError, Violation
from workloads.render import USER

IMAGE = f"registry.example.org/base@sha256:{'0' * 64}"
DATASETS: LinkArgs = {"path": "/datasets", "bucket": "objects", "prefix": "datasets"}


def args(size: int = 2400, **more: object) -> FilesystemArgs:
    lustre = {"subnet_id": "subnet-1", "security_group_id": "sg-1", **more}
    return {"size_gib": size, "namespace": "factory", "lustre": cast("LustreArgs", lustre)}


def parsed(size: int = 2400, **more: object) -> LustreSpec:
    spec = FilesystemSpec.parse(args(size, **more)).lustre
    assert spec
    return spec


def only_violation(size: int = 2400, **more: object) -> Violation:
    with pytest.raises(SpecError) as caught:
        FilesystemSpec.parse(args(size, **more))
    (violation,) = caught.value.violations
    return violation


def test_what_is_left_out_is_what_production_needs() -> None:
    assert parsed() == LustreSpec(
        size_gib=2400,
        throughput=250,
        metadata_iops=None,
        efa=False,
        backup_days=7,
        backup_time=None,
        copy_tags_to_backups=False,
        maintenance_time="7:03:00",
        log_days=90,
        links=(),
        folders=None,
    )


@given(steps=st.integers(1, 100), throughput=st.sampled_from(sorted(EFA_STEP_GIB)))
def test_expected_throughput_grows_with_size_and_throughput(steps: int, throughput: int) -> None:
    """FSx's own example: 2.4 TiB at 50 MB/s/TiB are 120 MB/s, so a step of 2400 GiB counts as 2.4 TiB, not 2.34."""
    assert parsed(2400 * steps, throughput=throughput).expected_mbps * 10 == 24 * steps * throughput


def test_pods_that_mount_it_name_the_add_on_that_they_need() -> None:
    """A5: pods hung in ContainerCreating, for no driver of that name was installed."""
    assert FilesystemSpec.parse(args()).addon == "aws-fsx-csi-driver"
    assert FilesystemSpec.parse({"size_gib": 1, "namespace": "factory", "local_volume": "/srv"}).addon == ""


@pytest.mark.parametrize("throughput", [0, 50, 200, 2000])
def test_a_throughput_of_another_generation_is_refused(throughput: int) -> None:
    """Rule 27: 50 and 200 are those of PERSISTENT_1."""
    assert only_violation(throughput=throughput) == Violation(
        "lustre.throughput",
        throughput,
        "PERSISTENT_2 on SSD has 125, 250, 500 or 1000 MB/s for each TiB",
        "e.g. 250",
    )


@pytest.mark.parametrize(("throughput", "step"), EFA_STEP_GIB.items())
def test_with_efa_a_size_that_fsx_makes_otherwise_is_refused(throughput: int, step: int) -> None:
    """Rule 27: FSx says so only when it is applied."""
    assert parsed(2 * step, throughput=throughput, efa=True).efa
    assert only_violation(step + 2400, throughput=throughput, efa=True) == Violation(
        "size_gib",
        step + 2400,
        f"with EFA and {throughput} MB/s/TiB FSx for Lustre makes a multiple of {step} GiB",
        f"set {2 * step}",
    )


@pytest.mark.parametrize("iops", [1500, 3000, 6000, *range(12000, 192001, 12000)])
def test_metadata_has_the_operations_that_fsx_sells(iops: int) -> None:
    assert parsed(metadata_iops=iops).metadata_iops == iops


@pytest.mark.parametrize("iops", [-12000, 0, 1, 9000, 18000, 204000])
def test_other_metadata_operations_are_refused(iops: int) -> None:
    """Rule 27."""
    assert only_violation(metadata_iops=iops) == Violation(
        "lustre.metadata_iops",
        iops,
        "metadata has 1500, 3000 or 6000 operations a second, or a multiple of 12000 up to 192000",
        "leave it out and FSx scales them with the size",
    )


@pytest.mark.parametrize("days", [0, -1, 91, 1.5, True])
def test_a_filesystem_without_a_second_copy_is_refused(days: object) -> None:
    """B1: a filesystem was made without backups, and its loss lost all checkpoints. (True is 1 for Python.)"""
    assert only_violation(automatic_backup_retention_days=days) == Violation(
        "lustre.automatic_backup_retention_days",
        days,
        "FSx keeps backups for 1 to 90 days, and 0 would make none: nothing else holds what is on it",
        "e.g. 7, or a link that exports to a bucket",
    )


def test_a_linked_filesystem_has_its_copy_in_the_bucket() -> None:
    """B1; FSx makes no backup of a linked filesystem."""
    spec = parsed(links=[DATASETS])
    assert spec.backup_days == 0
    assert spec.links[0].exports == ("NEW", "CHANGED")


def test_backups_of_a_linked_filesystem_are_refused() -> None:
    assert only_violation(links=[DATASETS], automatic_backup_retention_days=7) == Violation(
        "lustre.automatic_backup_retention_days",
        7,
        "FSx backs up no filesystem that is linked to a bucket",
        "leave it out, or the links",
    )


def test_tags_of_backups_that_are_not_made_are_refused() -> None:
    """Rule 27."""
    assert only_violation(links=[DATASETS], copy_tags_to_backups=True) == Violation(
        "lustre.copy_tags_to_backups",
        True,
        "a linked filesystem has no backups to copy tags to",
        "leave it out, or the links",
    )


def test_links_that_export_nothing_are_refused() -> None:
    """B1: neither a backup nor the bucket would hold what is written."""
    link: LinkArgs = {**DATASETS, "exports": []}
    assert only_violation(links=[link]) == Violation(
        "lustre.links",
        "/datasets",
        "a linked filesystem has no backups, so a link exports what is written, or its loss loses all of it",
        "exports NEW and CHANGED, or no links",
    )


@pytest.mark.parametrize("time", ["2:30", "24:00", "02:60", "0230"])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    assert only_violation(daily_automatic_backup_start_time=time) == Violation(
        "lustre.daily_automatic_backup_start_time", time, "a backup starts at HH:MM in UTC", "e.g. 02:30"
    )


def test_a_time_of_backups_that_are_not_made_is_refused() -> None:
    assert only_violation(links=[DATASETS], daily_automatic_backup_start_time="02:30") == Violation(
        "lustre.daily_automatic_backup_start_time", "02:30", "without backups there is none to start", "leave it out"
    )


@pytest.mark.parametrize("time", ["0:03:00", "8:03:00", "7:3:00", "Sun:03:00", "7:0300"])
def test_a_maintenance_window_that_is_none_is_refused(time: str) -> None:
    assert only_violation(weekly_maintenance_start_time=time) == Violation(
        "lustre.weekly_maintenance_start_time",
        time,
        "maintenance starts at d:HH:MM in UTC, and d is 1 for Monday to 7 for Sunday",
        "e.g. 7:03:00",
    )


def test_logs_are_kept_as_long_as_cloudwatch_can() -> None:
    violation = only_violation(log_retention_days=100)
    assert (violation.path, violation.value) == ("lustre.log_retention_days", 100)
    assert violation.rule.startswith("CloudWatch Logs keeps events for 1, 3, 5, 7, ")
    assert violation.remedy == "e.g. 90"


@pytest.mark.parametrize("path", ["datasets", "", "/a/../b", "/a\nb"])
def test_a_link_without_a_folder_is_refused(path: str) -> None:
    """Rule 28."""
    assert only_violation(links=[{**DATASETS, "path": path}]) == Violation(
        "lustre.links[0].path",
        path,
        "a link has a folder, from the root of the filesystem",
        "e.g. /datasets",
    )


@pytest.mark.parametrize(("first", "second"), [("/a", "/a"), ("/a", "/a/b"), ("/a/b/", "/a"), ("/", "/a"), ("/a", "/")])
def test_links_that_overlap_are_refused(first: str, second: str) -> None:
    """Rule 28: `/a` and `/ab` do not; `/` is linked alone."""
    links = [{**DATASETS, "path": first}, {**DATASETS, "path": second, "prefix": "other"}]
    assert only_violation(links=links) == Violation(
        "lustre.links[1].path",
        second,
        f"the folders of links do not overlap, and / is the only one where it is linked; this one does {first}",
        "link folders beside each other",
    )


def test_folders_whose_names_begin_alike_do_not_overlap() -> None:
    links = [{**DATASETS, "path": "/a"}, {**DATASETS, "path": "/ab/c", "prefix": "other"}]
    assert [link.suffix for link in parsed(links=links).links] == ["a", "ab-c"]


def test_a_ninth_link_is_refused() -> None:
    """Rule 28."""
    links = [{**DATASETS, "path": f"/{index}", "prefix": str(index)} for index in range(9)]
    assert parsed(links=links[:8])
    assert only_violation(links=links) == Violation(
        "lustre.links", 9, "a filesystem has 8 links at most", "link a folder above several of them"
    )


def test_a_prefix_that_is_linked_twice_is_refused() -> None:
    """Rule 28."""
    assert only_violation(links=[DATASETS, {**DATASETS, "path": "/again", "prefix": "datasets/"}]) == Violation(
        "lustre.links[1].bucket",
        "objects/datasets",
        "a prefix of a bucket is linked to one folder",
        "another prefix, or one link",
    )


def test_a_prefix_that_begins_with_a_slash_is_refused() -> None:
    assert only_violation(links=[{**DATASETS, "prefix": "/datasets"}]) == Violation(
        "lustre.links[0].prefix",
        "/datasets",
        "a prefix is the beginning of keys, which have no leading slash",
        "e.g. datasets",
    )


@pytest.mark.parametrize("events", [["MOVED"], ["NEW", "NEW"]])
@pytest.mark.parametrize("way", ["imports", "exports"])
def test_events_that_fsx_does_not_have_are_refused(way: str, events: list[str]) -> None:
    violation = only_violation(links=[{**DATASETS, way: events}])
    assert (violation.path, violation.value) == (f"lustre.links[0].{way}", ",".join(events))
    assert violation.rule == f"what travels is some of {', '.join(EVENTS)}, each once"


def test_a_link_that_does_nothing_is_refused() -> None:
    links: list[LinkArgs] = [
        DATASETS,
        {"path": "/idle", "bucket": "objects", "prefix": "idle", "imports": [], "exports": []},
    ]
    assert only_violation(links=links) == Violation(
        "lustre.links[1]", "/idle", "a link imports, exports, or both", "imports NEW and CHANGED"
    )


def folders(**more: object) -> FoldersArgs:
    return cast("FoldersArgs", {"image": IMAGE, "names": ["checkpoints"], **more})


def test_folders_are_given_to_the_user_of_the_factorys_pods() -> None:
    """A6."""
    spec = parsed(folders=folders(names=["checkpoints", "spool"])).folders
    assert spec
    assert POD_USER == USER
    owner = ("-o", "65532", "-g", "65532", "-m", "0770")
    assert spec.command() == ("install", "-d", *owner, "/shared/checkpoints", "/shared/spool")


REFUSED_FOLDERS: list[tuple[Mapping[str, object], Violation]] = [
    (
        {"image": "registry.example.org/base:1"},
        Violation(
            "lustre.folders.image",
            "registry.example.org/base:1",
            "what runs as root is named by its digest, which cannot come to mean another image",
            "NAME@sha256:DIGEST, e.g. the base image of the factory's lock file",
        ),
    ),
    (
        {"names": []},
        Violation(
            "lustre.folders.names", "", "one folder or more is made, each once", "e.g. checkpoints, mlflow, spool"
        ),
    ),
    (
        {"names": ["a", "a"]},
        Violation(
            "lustre.folders.names", "a,a", "one folder or more is made, each once", "e.g. checkpoints, mlflow, spool"
        ),
    ),
    (
        {"names": ["a", "-o root"]},
        Violation(
            "lustre.folders.names[1]",
            "-o root",
            "a folder is at the root of the filesystem: letters, digits, '.', '_' and '-', no slash",
            "e.g. checkpoints",
        ),
    ),
    (
        {"uid": 0},
        Violation(
            "lustre.folders.uid",
            0,
            "folders are given to a user that is not root, 1 to 4294967294",
            "the factory's pods are 65532",
        ),
    ),
    (
        {"gid": 2**32 - 1},
        Violation(
            "lustre.folders.gid",
            2**32 - 1,
            "folders are given to a user that is not root, 1 to 4294967294",
            "the factory's pods are 65532",
        ),
    ),
    (
        {"tolerations": ["nvidia.com/gpu=true"]},
        Violation(
            "lustre.folders.tolerations[0]",
            "nvidia.com/gpu=true",
            "a taint is tolerated by its key",
            "e.g. nvidia.com/gpu",
        ),
    ),
]


@pytest.mark.parametrize(("given", "violation"), REFUSED_FOLDERS)
def test_folders_that_cannot_be_made_are_refused(given: Mapping[str, object], violation: Violation) -> None:
    assert only_violation(folders=folders(**given)) == violation


def test_all_violations_are_reported_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        FilesystemSpec.parse(args(7, throughput=1, metadata_iops=2, log_retention_days=2, folders=folders(uid=0)))
    assert [violation.path for violation in caught.value.violations] == [
        "lustre.throughput",
        "lustre.metadata_iops",
        "lustre.log_retention_days",
        "lustre.folders.uid",
    ]
