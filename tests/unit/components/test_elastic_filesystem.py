"""ElasticFilesystem: a mount target a zone, a folder with its owner, and nothing that a destroy would lose."""

import json
from collections.abc import Mapping
from typing import cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.elastic_filesystem.args import ElasticFilesystemArgs
from components.elastic_filesystem.component import ElasticFilesystem
from components.elastic_filesystem.spec import ADDON, ElasticFilesystemSpec, mounts_only
from components.violations import SpecError, Violation
from tests.unit.components.recorder import Recorder, declared

SUBNETS = {"eu-west-1a": "subnet-a", "eu-west-1b": "subnet-b"}


def args(**more: object) -> ElasticFilesystemArgs:
    base = {"namespace": "factory", "vpc_id": "vpc-1", "subnets": SUBNETS, "nodes_security_group_id": "sg-1"}
    return cast("ElasticFilesystemArgs", {**base, **more})


def only_violation(**more: object) -> Violation:
    with pytest.raises(SpecError) as caught:
        ElasticFilesystemSpec.parse(args(**more))
    (violation,) = caught.value.violations
    return violation


def recorded(**more: object) -> tuple[Recorder, dict[str, pulumi.ResourceOptions]]:
    options: dict[str, pulumi.ResourceOptions] = {}

    def note(seen: pulumi.ResourceTransformationArgs) -> None:
        options[seen.name] = seen.opts

    made = pulumi.ResourceOptions(transformations=[note])
    return declared(lambda: ElasticFilesystem("state", args(**more), made)), options


def test_it_is_encrypted_elastic_and_tiered() -> None:
    seen, _ = recorded()
    assert seen.inputs()["state-files"] == {
        "encrypted": True,
        "kmsKeyId": "arn:aws:test:us-east-1:123456789012:state-key",
        "performanceMode": "generalPurpose",
        "throughputMode": "elastic",
        "lifecyclePolicies": [
            {"transitionToIa": "AFTER_30_DAYS"},
            {"transitionToPrimaryStorageClass": "AFTER_1_ACCESS"},
        ],
        "tags": {"Name": "state"},
    }
    assert seen.inputs()["state-key"]["enableKeyRotation"] is True


def test_a_key_that_is_given_is_used() -> None:
    seen, _ = recorded(kms_key_arn="arn:aws:kms:eu-west-1:111122223333:key/1", infrequent_access_days=0)
    files = seen.inputs()["state-files"]
    assert files["kmsKeyId"] == "arn:aws:kms:eu-west-1:111122223333:key/1"
    assert files["lifecyclePolicies"] == []
    assert "state-key" not in seen.kinds()


def test_each_zone_has_one_mount_target() -> None:
    """Rule 29; a zone that is added leaves the others as they are, for each is named by its zone."""
    seen, _ = recorded(subnets={**SUBNETS, "eu-west-1c": "subnet-c"})
    targets = {one.name: one.inputs["subnetId"] for one in seen.of("aws:efs/mountTarget:MountTarget")}
    assert targets == {
        "state-eu-west-1a": "subnet-a",
        "state-eu-west-1b": "subnet-b",
        "state-eu-west-1c": "subnet-c",
    }


def test_only_nodes_reach_it_and_only_by_nfs() -> None:
    seen, _ = recorded()
    group = seen.inputs()["state-group"]
    assert group["vpcId"] == "vpc-1"
    assert group["ingress"] == [{"protocol": "tcp", "fromPort": 2049, "toPort": 2049, "securityGroups": ["sg-1"]}]
    for target in seen.of("aws:efs/mountTarget:MountTarget"):
        assert target.inputs["securityGroups"] == ["state-group-id"]


def test_mlflows_database_is_on_a_folder_of_its_user_with_locks() -> None:
    """B6: SQLite was on Lustre without locks. NFS has them, and the access point gives pods a folder of their own."""
    seen, _ = recorded()
    assert seen.inputs()["state-point"] == {
        "fileSystemId": "state-files-id",
        "posixUser": {"uid": 65532, "gid": 65532},
        "rootDirectory": {
            "path": "/state",
            "creationInfo": {"ownerUid": 65532, "ownerGid": 65532, "permissions": "0770"},
        },
        "tags": {"Name": "state"},
    }
    spec = cast("Mapping[str, object]", seen.inputs()["state-volume"]["spec"])
    assert spec["csi"] == {"driver": "efs.csi.aws.com", "volumeHandle": "state-files-id::state-point-id"}
    assert spec["persistentVolumeReclaimPolicy"] == "Retain"
    assert ADDON == "aws-efs-csi-driver"


def test_a_destroy_deletes_no_state_and_no_backup() -> None:
    """B1: what holds data, opens it or backs it up is protected and retained; its ways in are not."""
    seen, options = recorded()
    assert seen.inputs()["state-backup"] == {
        "fileSystemId": "state-files-id",
        "backupPolicy": {"status": "ENABLED"},
    }
    kept = {name for name, one in options.items() if one.protect and one.retain_on_delete}
    assert kept == {f"state-{part}" for part in ("files", "key", "policy", "backup", "point")}


def test_a_claim_is_there_when_every_zone_can_mount_it() -> None:
    """A pod in a zone without a mount target does not find the filesystem's address."""
    _, options = recorded()
    waits = cast("list[pulumi.Resource]", options["state-volume"].depends_on)
    assert [type(one).__name__ for one in waits] == ["MountTarget", "MountTarget"]


def test_the_claim_is_an_output() -> None:
    names: list[str] = []

    def program() -> pulumi.Output[None]:
        return ElasticFilesystem("state", args(claim="tracking")).claim.apply(names.append)

    seen = declared(program)
    assert names == ["tracking"]
    assert cast("Mapping[str, object]", seen.inputs()["state-claim"]["spec"])["volumeName"] == "factory-tracking"


def test_nobody_is_root_there_and_nothing_crosses_the_network_in_the_clear() -> None:
    allowed, denied = json.loads(mounts_only("arn:aws-us-gov:elasticfilesystem:us-gov-west-1:1:file-system/fs-1"))[
        "Statement"
    ]
    assert allowed["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert allowed["Condition"] == {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert {one["Resource"] for one in (allowed, denied)} == {
        "arn:aws-us-gov:elasticfilesystem:us-gov-west-1:1:file-system/fs-1"
    }


@given(days=st.integers(-10, 400))
def test_files_are_moved_after_days_that_efs_has(days: int) -> None:
    if days in (0, 1, 7, 14, 30, 60, 90, 180, 270, 365):
        moved = ElasticFilesystemSpec.parse(args(infrequent_access_days=days)).transition_to_ia
        assert moved == {0: "", 1: "AFTER_1_DAY"}.get(days, f"AFTER_{days}_DAYS")
    else:
        assert only_violation(infrequent_access_days=days) == Violation(
            "infrequent_access_days",
            days,
            "EFS moves what nobody read after 1, 7, 14, 30, 60, 90, 180, 270, 365 days",
            "e.g. 30, or 0 for never",
        )


def test_without_a_zone_it_is_refused() -> None:
    """Rule 29."""
    assert only_violation(subnets={}) == Violation(
        "subnets",
        "",
        "EFS is mounted through a mount target, one in each zone with nodes",
        "name the subnet of each zone, e.g. {'us-east-1a': SUBNET}",
    )


@pytest.mark.parametrize("zone", ["eu-west-1", "use1-az1", "us-west-2-lax-1a", "subnet-1"])
def test_what_is_no_availability_zone_is_refused(zone: str) -> None:
    """Rule 29: a Local Zone has no mount targets."""
    assert only_violation(subnets={zone: "subnet-1"}) == Violation(
        "subnets",
        zone,
        "a mount target is in an Availability Zone, a region and a letter",
        "e.g. us-east-1a",
    )


def test_zones_of_two_regions_are_refused() -> None:
    assert only_violation(subnets={"eu-west-1a": "a", "eu-central-1a": "b"}) == Violation(
        "subnets",
        "eu-west-1a,eu-central-1a",
        "a filesystem is in one region, and these zones are of eu-central-1 and eu-west-1",
        "a filesystem for each region",
    )


def test_a_claim_that_kubernetes_refuses_is_refused() -> None:
    assert only_violation(claim="State") == Violation(
        "claim", "State", "a claim is named by a-z, 0-9, '-' and '.'", "e.g. state"
    )


@pytest.mark.parametrize("key", ["uid", "gid"])
@pytest.mark.parametrize("value", [0, -1, 2**32 - 1, True])
def test_a_folder_of_root_is_refused(key: str, value: int) -> None:
    expected = Violation(
        key, value, "the folder is given to a user that is not root, 1 to 4294967294", "the factory's pods are 65532"
    )
    assert only_violation(**{key: value}) == expected
