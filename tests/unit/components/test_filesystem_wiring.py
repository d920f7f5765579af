"""What a Filesystem declares, recorded: FSx and what belongs to it, what is protected, and in which order."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest
from pulumi_aws import eks

from components.filesystem.args import FilesystemArgs, LinkArgs, LustreArgs
from components.filesystem.component import Filesystem
from components.filesystem.folders import FoldersSpec
from components.filesystem.lustre import ADDON, DRIVER, STARTUP_TAINT
from components.violations import Violations
from tests.unit.components.recorder import Recorder, declared

IMAGE = f"registry.example.org/base@sha256:{'0' * 64}"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
FOLDERS: LustreArgs = {
    "subnet_id": "subnet-1",
    "security_group_id": "sg-1",
    "folders": {
        "image": IMAGE,
        "names": ["checkpoints", "mlflow", "spool"],
        "node_selector": {"aifactory/pool": "system"},
        "tolerations": ["CriticalAddonsOnly"],
    },
}


def on_lustre(**more: object) -> FilesystemArgs:
    lustre = cast("LustreArgs", {"subnet_id": "subnet-1", "security_group_id": "sg-1", **more})
    return {"size_gib": 2400, "namespace": "factory", "lustre": lustre}


def recorded(args: FilesystemArgs) -> tuple[Recorder, dict[str, pulumi.ResourceOptions]]:
    """What it declares, and the options of each resource by its name."""
    options: dict[str, pulumi.ResourceOptions] = {}

    def note(seen: pulumi.ResourceTransformationArgs) -> None:
        options[seen.name] = seen.opts

    seen = declared(lambda: Filesystem("files", args, pulumi.ResourceOptions(transformations=[note])))
    return seen, options


def of(seen: Recorder, name: str) -> Mapping[str, object]:
    return seen.inputs()[f"files-{name}"]


def below(values: object, *path: str) -> object:
    for key in path:
        values = cast("Mapping[str, object]", values)[key]
    return values


def test_without_lustre_nothing_of_aws_and_no_job_is_declared() -> None:
    for args in (
        FilesystemArgs(size_gib=1, namespace="factory", local_volume="/srv/shared"),
        FilesystemArgs(size_gib=1, namespace="factory", nfs={"server": "nfs", "path": "/export"}),
        FilesystemArgs(size_gib=1, namespace="factory", storage_class="shared"),
    ):
        seen, _ = recorded(args)
        kinds = {kind.rpartition(":")[2] for kind in seen.kinds().values()}
        assert kinds <= {"Filesystem", "PersistentVolume", "PersistentVolumeClaim"}


def test_lustre_is_made_as_production_needs_it() -> None:
    """C6 and complaint 22: a version was not named, and FSx made 2.12, or 2.10."""
    seen, _ = recorded(on_lustre())
    lustre = of(seen, "lustre")
    assert lustre == {
        "deploymentType": "PERSISTENT_2",
        "storageType": "SSD",
        "fileSystemTypeVersion": "2.15",
        "storageCapacity": 2400,
        "perUnitStorageThroughput": 250,
        "metadataConfiguration": {"mode": "AUTOMATIC"},
        "efaEnabled": False,
        "dataCompressionType": "LZ4",
        "subnetIds": "subnet-1",
        "securityGroupIds": ["sg-1"],
        "kmsKeyId": "arn:aws:test:us-east-1:123456789012:files-key",
        "automaticBackupRetentionDays": 7,
        "copyTagsToBackups": False,
        "skipFinalBackup": False,
        "weeklyMaintenanceStartTime": "7:03:00",
        "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:aws:test:us-east-1:123456789012:files-logs"},
        "tags": {"Name": "files"},
    }
    assert of(seen, "logs") == {"namePrefix": "/aws/fsx/files-", "retentionInDays": 90}
    assert of(seen, "key")["enableKeyRotation"] is True


def test_a_destroy_deletes_no_checkpoint() -> None:
    """B1: FSx had neither protection nor backups, and its last backup was skipped, which is the provider's default."""
    _, options = recorded(on_lustre())
    for name in ("files-lustre", "files-key"):
        assert (options[name].protect, options[name].retain_on_delete) == (True, True), name


def test_a_key_that_is_given_is_used() -> None:
    seen, _ = recorded(on_lustre(kms_key_arn="arn:aws:kms:eu-west-1:111122223333:key/1"))
    assert of(seen, "lustre")["kmsKeyId"] == "arn:aws:kms:eu-west-1:111122223333:key/1"
    assert "files-key" not in seen.kinds()


def test_what_is_configured_reaches_fsx() -> None:
    seen, _ = recorded(
        {
            **on_lustre(
                throughput=1000,
                efa=True,
                metadata_iops=12000,
                automatic_backup_retention_days=30,
                daily_automatic_backup_start_time="02:30",
                copy_tags_to_backups=True,
            ),
            "size_gib": 9600,
        }
    )
    lustre = of(seen, "lustre")
    assert lustre["metadataConfiguration"] == {"mode": "USER_PROVISIONED", "iops": 12000}
    assert (lustre["efaEnabled"], lustre["perUnitStorageThroughput"], lustre["storageCapacity"]) == (True, 1000, 9600)
    assert (lustre["automaticBackupRetentionDays"], lustre["dailyAutomaticBackupStartTime"]) == (30, "02:30")
    assert lustre["copyTagsToBackups"] is True


def test_a_linked_filesystem_is_mirrored_and_not_backed_up() -> None:
    """Rule 28; FSx refuses backups where there is a link."""
    links: list[LinkArgs] = [
        {"path": "/datasets", "bucket": pulumi.Output.from_input("objects"), "prefix": "datasets", "exports": []},
        {"path": "/checkpoints", "bucket": "objects", "imports": [], "exports": ["NEW"]},
    ]
    seen, _ = recorded(on_lustre(links=links))
    lustre = of(seen, "lustre")
    assert (lustre["automaticBackupRetentionDays"], lustre["skipFinalBackup"]) == (0, True)
    assert of(seen, "link-datasets") == {
        "fileSystemId": "files-lustre-id",
        "fileSystemPath": "/datasets",
        "dataRepositoryPath": "s3://objects/datasets",
        "batchImportMetaDataOnCreate": True,
        "deleteDataInFilesystem": False,
        "s3": {"autoImportPolicy": {"events": ["NEW", "CHANGED"]}},
    }
    link = of(seen, "link-checkpoints")
    assert (link["dataRepositoryPath"], link["batchImportMetaDataOnCreate"]) == ("s3://objects", False)
    assert link["s3"] == {"autoExportPolicy": {"events": ["NEW"]}}


def test_a_link_that_is_added_later_replaces_nothing() -> None:
    """The provider replaces the filesystem where one of these changes."""
    fixed = (
        *("copyTagsToBackups", "deploymentType", "fileSystemTypeVersion", "kmsKeyId", "securityGroupIds"),
        *("storageType", "subnetIds", "efaEnabled", "storageCapacity"),
    )
    alone, _ = recorded(on_lustre())
    linked, _ = recorded(on_lustre(links=[{"path": "/datasets", "bucket": "objects"}]))
    assert [of(alone, "lustre")[name] for name in fixed] == [of(linked, "lustre")[name] for name in fixed]


def test_the_volume_is_mounted_by_the_driver_with_locks() -> None:
    """A5 and B6: the driver's name, and locks for SQLite and the gateway's spool."""
    seen, _ = recorded(on_lustre())
    volume = below(of(seen, "volume"), "spec")
    assert below(volume, "csi", "driver") == DRIVER == "fsx.csi.aws.com"
    assert below(volume, "csi", "volumeHandle") == "files-lustre-id"
    assert below(volume, "mountOptions") == ["flock"]
    assert STARTUP_TAINT == "fsx.csi.aws.com/agent-not-ready"


def test_it_is_made_after_the_add_on_that_mounts_it() -> None:
    """A5: whatever comes before the component comes before all that it makes."""

    class Slow(Recorder):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
            if args.typ == "aws:eks/addon:Addon":
                time.sleep(0.5)
            return super().new_resource(args)

    def program() -> Filesystem:
        addon = eks.Addon("driver", cluster_name="factory", addon_name=ADDON)
        return Filesystem("files", on_lustre(), pulumi.ResourceOptions(depends_on=[addon]))

    assert declared(program, Slow()).seen[0].name == "driver"


def test_an_export_of_nfs_is_mounted_by_the_nodes_themselves() -> None:
    seen, _ = recorded({"size_gib": 1, "namespace": "factory", "nfs": {"server": "nfs", "path": "/export"}})
    volume = below(of(seen, "volume"), "spec")
    assert below(volume, "nfs") == {"server": "nfs", "path": "/export"}
    assert below(volume, "mountOptions") == ["nfsvers=4.1", "hard"]
    assert below(volume, "persistentVolumeReclaimPolicy") == "Retain"
    assert below(of(seen, "claim"), "spec", "volumeName") == "factory-shared"


def test_a_filesystem_that_grew_leaves_its_claim_as_it_is() -> None:
    """Kubernetes refuses another size of a claim that no StorageClass made: growing FSx failed half way."""
    _, options = recorded(on_lustre())
    assert options["files-claim"].ignore_changes == ["spec.resources"]
    _, options = recorded({"size_gib": 1, "namespace": "factory", "storage_class": "shared"})
    assert options["files-claim"].ignore_changes == []


def test_pods_can_write_to_a_new_filesystem() -> None:
    """A6: its root belongs to root, and the driver ignores fsGroup for volumes that many nodes mount."""
    seen, options = recorded({"size_gib": 2400, "namespace": "factory", "lustre": FOLDERS})
    job = below(of(seen, "folders"), "spec")
    assert below(of(seen, "folders"), "metadata", "namespace") == "factory"
    pod = below(job, "template", "spec")
    assert below(pod, "nodeSelector") == {"aifactory/pool": "system"}
    assert below(pod, "tolerations") == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]
    assert (below(pod, "restartPolicy"), below(pod, "automountServiceAccountToken")) == ("Never", False)
    assert below(pod, "volumes") == [{"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}}]
    (container,) = cast("list[object]", below(pod, "containers"))
    assert below(container, "image") == IMAGE
    assert cast("list[str]", below(container, "command"))[-3:] == [
        "/shared/checkpoints",
        "/shared/mlflow",
        "/shared/spool",
    ]
    security = cast("Mapping[str, object]", below(container, "securityContext"))
    assert security["runAsUser"] == 0
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN", "FOWNER"]}
    assert (security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, True)
    (claim,) = cast("list[pulumi.Resource]", options["files-folders"].depends_on)
    assert type(claim).__name__ == "PersistentVolumeClaim"


def test_what_is_made_later_waits_for_the_folders() -> None:
    """A6: the claim's name is known when the Job is done."""
    waited: list[set[str]] = []

    async def note(output: pulumi.Output[str]) -> None:
        resources = await output.resources()
        waited.append({type(resource).__name__ for resource in resources})

    def program() -> pulumi.Output[str]:
        files = Filesystem("files", {"size_gib": 2400, "namespace": "factory", "lustre": FOLDERS})
        return pulumi.Output.from_input(note(files.claim)).apply(lambda _: "")

    declared(program)
    assert waited == [{"Job", "PersistentVolumeClaim"}]


def test_what_it_promises_is_an_output() -> None:
    found: list[Filesystem] = []
    declared(lambda: found.append(Filesystem("files", on_lustre(throughput=500))))
    assert found[0].expected_mbps == 1200


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="root gives folders away, with setpriv")
def test_root_without_its_other_powers_makes_the_folders_twice(tmp_path: Path) -> None:
    """A6: the Job's command with the Job's capabilities, on a folder that belongs to root."""
    spec = FoldersSpec.parse({"image": IMAGE, "names": ["checkpoints", "spool"]}, Violations("Filesystem"), "folders")
    allowed = ("setpriv", "--bounding-set=-all,+chown,+fowner", "--inh-caps=-all", "--no-new-privs")
    for _ in range(2):
        subprocess.run([*allowed, *spec.command(str(tmp_path))], check=True)
        for name in spec.names:
            found = (tmp_path / name).stat()
            assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (65532, 65532, 0o770)
    # From within: the folders of pytest above it are root's alone.
    writes = ("setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "touch", "record")
    subprocess.run(writes, cwd=tmp_path / "spool", check=True)
