"""BucketVolume: read only by default, in its region, and no key beside its prefix."""

from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.bucket_volume.args import BucketVolumeArgs
from components.bucket_volume.component import BucketVolume
from components.bucket_volume.spec import ADDON, BucketVolumeSpec
from components.violations import SpecError, Violation
from tests.unit.components.recorder import declared


def args(**more: object) -> BucketVolumeArgs:
    base = {"namespace": "factory", "bucket": "objects", "region": "eu-west-1", "claim": "datasets"}
    return cast("BucketVolumeArgs", {**base, **more})


def test_pods_read_a_prefix_and_write_nothing() -> None:
    seen = declared(lambda: BucketVolume("data", args(prefix="datasets"))).inputs()
    spec = cast("Mapping[str, object]", seen["data-volume"]["spec"])
    assert spec["csi"] == {
        "driver": "s3.csi.aws.com",
        "volumeHandle": "factory-datasets",
        "volumeAttributes": {"bucketName": "objects"},
    }
    assert spec["accessModes"] == ["ReadOnlyMany"]
    assert spec["mountOptions"] == [
        *("allow-other", "uid=65532", "gid=65532", "region eu-west-1", "prefix datasets/", "read-only")
    ]
    claim = cast("Mapping[str, object]", seen["data-claim"]["spec"])
    assert (claim["accessModes"], claim["volumeName"]) == (["ReadOnlyMany"], "factory-datasets")
    assert ADDON == "aws-mountpoint-s3-csi-driver"


def test_mountpoint_does_not_ask_the_nodes_metadata_for_its_region() -> None:
    """C9: with a hop limit of 1 Mountpoint's pod cannot ask for it."""
    assert "region us-gov-west-1" in BucketVolumeSpec.parse(args(region="us-gov-west-1")).mount_options


def test_writing_is_asked_for() -> None:
    spec = BucketVolumeSpec.parse(args(writable=True))
    assert spec.access_mode == "ReadWriteMany"
    assert spec.mount_options[-2:] == ("allow-delete", "allow-overwrite")


@given(prefix=st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5}){0,3}/?", fullmatch=True))
def test_a_prefix_is_no_other_prefixs_beginning(prefix: str) -> None:
    """`data` would show `database/` too."""
    assert BucketVolumeSpec.parse(args(prefix=prefix)).prefix == f"{prefix.rstrip('/')}/"


REFUSED = [
    ({"region": "Europe"}, Violation("region", "Europe", "a region is named as AWS names it", "e.g. us-east-1")),
    (
        {"claim": "Data"},
        Violation("claim", "Data", "a claim is named by a-z, 0-9, '-' and '.'", "e.g. datasets"),
    ),
    *(
        (
            {"prefix": prefix},
            Violation(
                "prefix",
                prefix,
                "a prefix is the beginning of keys, without a leading slash, a comma or a space",
                "e.g. datasets",
            ),
        )
        for prefix in ("/datasets", "a,allow-delete", "a b")
    ),
]


@pytest.mark.parametrize(("given", "violation"), REFUSED)
def test_what_cannot_be_mounted_is_refused(given: Mapping[str, object], violation: Violation) -> None:
    with pytest.raises(SpecError) as caught:
        BucketVolumeSpec.parse(args(**given))
    assert caught.value.violations == (violation,)
