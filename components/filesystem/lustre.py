"""The rules of FSx for Lustre: which combinations FSx makes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from components.filesystem.args import Event, LinkArgs, LustreArgs
from components.filesystem.folders import FoldersSpec
from components.violations import Violations

DRIVER = "fsx.csi.aws.com"
ADDON = "aws-fsx-csi-driver"
"""EKS's add-on with the driver: without it pods that mount the filesystem wait in ContainerCreating."""
STARTUP_TAINT = f"{DRIVER}/agent-not-ready"
"""Taint (NoExecute) that a node may start with, and that the driver removes once the node can mount
(aws-fsx-csi-driver, docs/install.md): pods that start earlier fail to mount."""
# FSx API, CreateFileSystem, FileSystemTypeVersion: "recommended for all new file systems". Unnamed it depends on the
# other arguments, and a PERSISTENT_2 without metadata configuration is 2.12.
VERSION = "2.15"
# FSx API, CreateFileSystem, StorageCapacity: PERSISTENT_2 on SSD has 1200 GiB or increments of 2400 GiB.
SMALLEST_GIB = 1200
STEP_GIB = 2400
# FSx API, PerUnitStorageThroughput of PERSISTENT_2 on SSD in MB/s/TiB -> FSx for Lustre user guide, "Increasing storage
# capacity": GiB of which the size of a filesystem with EFA is a multiple.
EFA_STEP_GIB = {125: 38400, 250: 19200, 500: 9600, 1000: 4800}
THROUGHPUT = 250
# FSx API, CreateFileSystemLustreMetadataConfiguration, Iops of SSD file systems.
FEW_IOPS = (1500, 3000, 6000)
IOPS_STEP, MOST_IOPS = 12000, 192000
# FSx API, CreateFileSystemLustreConfiguration, AutomaticBackupRetentionDays.
MOST_BACKUP_DAYS = 90
BACKUP_DAYS = 7
# FSx API, DailyTime and WeeklyTime.
DAILY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
WEEKLY = re.compile(r"[1-7]:([01]\d|2[0-3]):[0-5]\d")
SUNDAY_NIGHT = "7:03:00"
# CloudWatch Logs API, PutRetentionPolicy, retentionInDays.
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
KEPT_LOG_DAYS = 90
# FSx API, CreateDataRepositoryAssociation.
MOST_LINKS = 8
EVENTS: tuple[Event, ...] = ("NEW", "CHANGED", "DELETED")
LINKED_EVENTS: tuple[Event, ...] = ("NEW", "CHANGED")


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A folder that mirrors a prefix of a bucket."""

    path: str
    prefix: str
    imports: tuple[Event, ...]
    exports: tuple[Event, ...]

    @property
    def suffix(self) -> str:
        """Its part of the resource's name: a folder has one link."""
        return self.path.strip("/").replace("/", "-") or "root"


@dataclass(frozen=True, kw_only=True, slots=True)
class LustreSpec:
    """A PERSISTENT_2 filesystem on SSD."""

    size_gib: int
    throughput: int
    metadata_iops: int | None
    """None where FSx scales them."""
    efa: bool
    backup_days: int
    """0 where it is linked."""
    backup_time: str | None
    copy_tags_to_backups: bool
    maintenance_time: str
    log_days: int
    links: tuple[Link, ...]
    folders: FoldersSpec | None

    @classmethod
    def parse(cls, args: LustreArgs, size: int, violations: Violations) -> Self:
        """Notes what FSx would refuse when it is applied, and what would lose data."""
        throughput, efa = args.get("throughput", THROUGHPUT), args.get("efa", False)
        links = tuple(
            Link(
                path=link["path"],
                prefix=link.get("prefix", ""),
                imports=tuple(link.get("imports", LINKED_EVENTS)),
                exports=tuple(link.get("exports", LINKED_EVENTS)),
            )
            for link in args.get("links", ())
        )
        known = violations.unless(
            throughput in EFA_STEP_GIB,
            "lustre.throughput",
            throughput,
            f"PERSISTENT_2 on SSD has {_either(EFA_STEP_GIB)} MB/s for each TiB",
            f"e.g. {THROUGHPUT}",
        )
        if known:
            _check_size(violations, size, throughput, efa)
        iops = args.get("metadata_iops")
        violations.unless(
            iops is None or iops in FEW_IOPS or (0 < iops <= MOST_IOPS and iops % IOPS_STEP == 0),
            "lustre.metadata_iops",
            iops,
            f"metadata has {_either(FEW_IOPS)} operations a second, or a multiple of {IOPS_STEP} up to {MOST_IOPS}",
            "leave it out and FSx scales them with the size",
        )
        days = args.get("automatic_backup_retention_days", 0 if links else BACKUP_DAYS)
        copy_tags = args.get("copy_tags_to_backups", False)
        _check_copies(violations, days, links)
        # FSx API, CopyTagsToBackups: "Not available [...] with file systems that are linked to a data repository".
        violations.unless(
            not (copy_tags and links),
            "lustre.copy_tags_to_backups",
            copy_tags,
            "a linked filesystem has no backups to copy tags to",
            "leave it out, or the links",
        )
        _check_times(violations, args, days)
        log_days = args.get("log_retention_days", KEPT_LOG_DAYS)
        violations.unless(
            log_days in LOG_DAYS,
            "lustre.log_retention_days",
            log_days,
            f"CloudWatch Logs keeps events for {_either(LOG_DAYS)} days",
            f"e.g. {KEPT_LOG_DAYS}",
        )
        _check_links(violations, links, args.get("links", ()))
        folders = args.get("folders")
        return cls(
            size_gib=size,
            throughput=throughput,
            metadata_iops=iops,
            efa=efa,
            backup_days=days,
            backup_time=args.get("daily_automatic_backup_start_time"),
            copy_tags_to_backups=copy_tags,
            maintenance_time=args.get("weekly_maintenance_start_time", SUNDAY_NIGHT),
            log_days=log_days,
            links=links,
            folders=FoldersSpec.parse(folders, violations, "lustre.folders") if folders else None,
        )

    @property
    def expected_mbps(self) -> int:
        """MB/s of all its servers together, sustained.

        FSx API, PerUnitStorageThroughput: the size in TiB times the throughput, and 2400 GiB count as 2.4 TiB ("a
        2.4-TiB file system [with] 50 MB/s/TiB [...] yields 120 MB/s").
        """
        return self.size_gib * self.throughput // 1000


def _check_size(violations: Violations, size: int, throughput: int, efa: bool) -> None:
    if efa:
        step = EFA_STEP_GIB[throughput]
        violations.unless(
            size % step == 0,
            "size_gib",
            size,
            f"with EFA and {throughput} MB/s/TiB FSx for Lustre makes a multiple of {step} GiB",
            f"set {_multiple(size, step)}",
        )
        return
    violations.unless(
        size == SMALLEST_GIB or size % STEP_GIB == 0,
        "size_gib",
        size,
        f"FSx for Lustre makes {SMALLEST_GIB} GiB or a multiple of {STEP_GIB} GiB",
        f"set {SMALLEST_GIB if size < SMALLEST_GIB else _multiple(size, STEP_GIB)}",
    )


def _check_copies(violations: Violations, days: int, links: tuple[Link, ...]) -> None:
    """Of what is written there is another copy: a backup, or the objects of a link."""
    if links:
        # FSx API, CreateBackup: only of file systems that "are not linked to a data repository".
        violations.unless(
            days == 0,
            "lustre.automatic_backup_retention_days",
            days,
            "FSx backs up no filesystem that is linked to a bucket",
            "leave it out, or the links",
        )
        violations.unless(
            any(link.exports for link in links),
            "lustre.links",
            ",".join(link.path for link in links),
            "a linked filesystem has no backups, so a link exports what is written, or its loss loses all of it",
            "exports NEW and CHANGED, or no links",
        )
        return
    violations.unless(
        type(days) is int and 1 <= days <= MOST_BACKUP_DAYS,
        "lustre.automatic_backup_retention_days",
        days,
        f"FSx keeps backups for 1 to {MOST_BACKUP_DAYS} days, and 0 would make none: nothing else holds what is on it",
        f"e.g. {BACKUP_DAYS}, or a link that exports to a bucket",
    )


def _check_times(violations: Violations, args: LustreArgs, days: int) -> None:
    daily = args.get("daily_automatic_backup_start_time")
    if daily is not None:
        violations.unless(
            DAILY.fullmatch(daily) is not None,
            "lustre.daily_automatic_backup_start_time",
            daily,
            "a backup starts at HH:MM in UTC",
            "e.g. 02:30",
        )
        violations.unless(
            days != 0,
            "lustre.daily_automatic_backup_start_time",
            daily,
            "without backups there is none to start",
            "leave it out",
        )
    weekly = args.get("weekly_maintenance_start_time", SUNDAY_NIGHT)
    violations.unless(
        WEEKLY.fullmatch(weekly) is not None,
        "lustre.weekly_maintenance_start_time",
        weekly,
        "maintenance starts at d:HH:MM in UTC, and d is 1 for Monday to 7 for Sunday",
        f"e.g. {SUNDAY_NIGHT}",
    )


def _check_links(violations: Violations, links: tuple[Link, ...], given: Sequence[LinkArgs]) -> None:
    violations.unless(
        len(links) <= MOST_LINKS,
        "lustre.links",
        len(links),
        f"a filesystem has {MOST_LINKS} links at most",
        "link a folder above several of them",
    )
    for index, link in enumerate(links):
        at = f"lustre.links[{index}]"
        path = PurePosixPath(link.path)
        violations.unless(
            path.is_absolute() and ".." not in path.parts and link.path.isprintable(),
            f"{at}.path",
            link.path,
            "a link has a folder, from the root of the filesystem",
            "e.g. /datasets",
        )
        others = [other.path for other in links[:index] if _overlap(path, PurePosixPath(other.path))]
        violations.unless(
            not others,
            f"{at}.path",
            link.path,
            "the folders of links do not overlap, and / is the only one where it is linked; this one does"
            f" {', '.join(others)}",
            "link folders beside each other",
        )
        violations.unless(
            not link.prefix.startswith("/") and link.prefix.isprintable(),
            f"{at}.prefix",
            link.prefix,
            "a prefix is the beginning of keys, which have no leading slash",
            "e.g. datasets",
        )
        for name, events in (("imports", link.imports), ("exports", link.exports)):
            violations.unless(
                set(events) <= set(EVENTS) and len(set(events)) == len(events),
                f"{at}.{name}",
                ",".join(events),
                f"what travels is some of {', '.join(EVENTS)}, each once",
            )
        violations.unless(
            bool(link.imports or link.exports),
            at,
            link.path,
            "a link imports, exports, or both",
            "imports NEW and CHANGED",
        )
    _check_prefixes(violations, given)


def _check_prefixes(violations: Violations, given: Sequence[LinkArgs]) -> None:
    """A prefix has one link; where a bucket's name is known to its cloud alone, FSx judges."""
    seen: set[tuple[str, str]] = set()
    for index, link in enumerate(given):
        bucket = link["bucket"]
        if not isinstance(bucket, str):
            continue
        of = (bucket, link.get("prefix", "").strip("/"))
        violations.unless(
            of not in seen,
            f"lustre.links[{index}].bucket",
            f"{of[0]}/{of[1]}",
            "a prefix of a bucket is linked to one folder",
            "another prefix, or one link",
        )
        seen.add(of)


def _overlap(one: PurePosixPath, other: PurePosixPath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _multiple(size: int, step: int) -> int:
    """The smallest multiple that is no less."""
    return -(-size // step) * step


def _either(values: Sequence[int] | dict[int, int]) -> str:
    *others, last = (str(value) for value in values)
    return f"{', '.join(others)} or {last}"
