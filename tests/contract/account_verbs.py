"""What can be done to a store, call by call, and which roles of pods may."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypedDict

from components.object_store.roles import COPIES, LOGS, SERVING, STAGES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CompletedMultipartUploadTypeDef,
        LifecycleRuleTypeDef,
        ObjectLockConfigurationTypeDef,
        ObjectLockRetentionTypeDef,
        TaggingTypeDef,
        VersioningConfigurationTypeDef,
    )

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
NOBODY = frozenset[str]()
Call = Callable[["S3Client", str], object]
"""By a client; the text is the version of the object that its owner put."""
Mode = Literal["COMPLIANCE", "GOVERNANCE"]


class At(TypedDict):
    """An object."""

    Bucket: str
    Key: str


class Lock(TypedDict, total=False):
    """What an object is put under."""

    ObjectLockMode: Mode
    ObjectLockRetainUntilDate: datetime


class Bypass(TypedDict, total=False):
    """What a weak lock asks of whoever ends it."""

    BypassGovernanceRetention: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """A call on an object or a bucket, and who may make it."""

    name: str
    call: Call
    roles: frozenset[str]
    key: str = ""
    """Of an object that the owner puts first; "" where the call needs none."""
    mode: Mode | None = None
    """Of the lock that it is put under."""
    refused: str = "AccessDenied"
    """The store's code for whoever may not."""


def objects_verbs(bucket: str, key: str, *, reads: frozenset[str], writes: frozenset[str]) -> Iterator[Verb]:
    """What can be done to an object; nobody may but read and write."""

    def verb(name: str, call: Call, roles: frozenset[str] = NOBODY, *, puts: bool = True) -> Verb:
        return Verb(name=f"{name} {bucket}/{key}", call=call, roles=roles, key=f"{bucket}/{key}" if puts else "")

    at: At = {"Bucket": bucket, "Key": key}
    yield verb("read", lambda s3, _: s3.get_object(**at), reads)
    yield verb("read a version", lambda s3, put: s3.get_object(**at, VersionId=put), reads)
    yield verb("look at", lambda s3, _: s3.head_object(**at), reads)
    yield verb("put", lambda s3, _: s3.put_object(**at, Body=b"more"), writes, puts=False)
    yield verb("put in parts", in_parts(at), writes, puts=False)
    yield verb("delete", lambda s3, _: s3.delete_object(**at))
    yield verb("delete a version", lambda s3, put: s3.delete_object(**at, VersionId=put))
    tags: TaggingTypeDef = {"TagSet": [{"Key": "a", "Value": "b"}]}
    yield verb("tag", lambda s3, _: s3.put_object_tagging(**at, Tagging=tags))


def locked_verbs(key: str, writes: frozenset[str]) -> Iterator[Verb]:
    """What can be done to a lock: it is made, looked at and lengthened."""

    def verb(
        name: str, mode: Mode | None, call: Call, roles: frozenset[str] = NOBODY, refused: str = "AccessDenied"
    ) -> Verb:
        put = f"vault/{key}" if mode else ""
        return Verb(name=f"{name} vault/{key}", call=call, roles=roles, key=put, mode=mode, refused=refused)

    def dated(mode: Mode, until: datetime, *, bypass: bool = False) -> Call:
        dates: ObjectLockRetentionTypeDef = {"Mode": mode, "RetainUntilDate": until}
        more: Bypass = {"BypassGovernanceRetention": True} if bypass else {}
        return lambda s3, put: s3.put_object_retention(**at, VersionId=put, Retention=dates, **more)

    at: At = {"Bucket": "vault", "Key": key}
    sooner, later = UNTIL - timedelta(hours=6), UNTIL + timedelta(days=1)
    lock: Lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": UNTIL}
    yield verb("put under lock", None, lambda s3, _: s3.put_object(**at, Body=b"more", **lock), writes)
    yield verb("ask the date of", "COMPLIANCE", lambda s3, _: s3.get_object_retention(**at), writes)
    yield verb("lengthen", "COMPLIANCE", dated("COMPLIANCE", later), writes)
    # The lock itself refuses these, to its owner too.
    yield verb("shorten", "COMPLIANCE", dated("COMPLIANCE", sooner), refused="InvalidRequest")
    yield verb("weaken", "COMPLIANCE", dated("GOVERNANCE", later), refused="InvalidRequest")
    yield verb("shorten a weak lock of", "GOVERNANCE", dated("GOVERNANCE", sooner, bypass=True))
    yield verb(
        "delete past a weak lock",
        "GOVERNANCE",
        lambda s3, put: s3.delete_object(**at, VersionId=put, BypassGovernanceRetention=True),
    )
    yield verb(
        "lift the legal hold of",
        "COMPLIANCE",
        lambda s3, put: s3.put_object_legal_hold(**at, VersionId=put, LegalHold={"Status": "OFF"}),
    )


def bucket_verbs(bucket: str, lists: frozenset[str]) -> Iterator[Verb]:
    """What can be done to a bucket: it is listed."""

    def verb(name: str, call: Call, roles: frozenset[str] = NOBODY) -> Verb:
        return Verb(name=f"{name} {bucket}", call=call, roles=roles)

    public = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [public]})
    rule: LifecycleRuleTypeDef = {
        "ID": "end",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 1},
    }
    lock: ObjectLockConfigurationTypeDef = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
    }
    yield verb("list", lambda s3, _: s3.list_objects_v2(Bucket=bucket), lists)
    # MinIO has one right for both.
    yield verb("list versions of", lambda s3, _: s3.list_object_versions(Bucket=bucket), lists)
    yield verb("read the policy of", lambda s3, _: s3.get_bucket_policy(Bucket=bucket))
    yield verb("publish", lambda s3, _: s3.put_bucket_policy(Bucket=bucket, Policy=policy))
    yield verb("lift the policy of", lambda s3, _: s3.delete_bucket_policy(Bucket=bucket))
    suspended: VersioningConfigurationTypeDef = {"Status": "Suspended"}
    yield verb(
        "end versions of", lambda s3, _: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=suspended)
    )
    yield verb(
        "weaken the lock of",
        lambda s3, _: s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=lock),
    )
    yield verb(
        "let objects expire of",
        lambda s3, _: s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}),
    )
    yield verb("delete", lambda s3, _: s3.delete_bucket(Bucket=bucket))


def in_parts(at: "At") -> Call:
    def call(s3: "S3Client", _: str) -> object:
        upload = s3.create_multipart_upload(**at)["UploadId"]
        part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"more")
        s3.list_parts(**at, UploadId=upload)
        parts: CompletedMultipartUploadTypeDef = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload=parts)
        other = s3.create_multipart_upload(**at)["UploadId"]
        return s3.abort_multipart_upload(**at, UploadId=other)

    return call


READERS, WRITERS, COPIERS, ALL_OF_VAULT = (
    frozenset(roles) for roles in ((STAGES, SERVING), (STAGES,), (COPIES,), (COPIES, LOGS))
)
VERBS = (
    *objects_verbs("objects", "stages/a", reads=READERS, writes=WRITERS),
    *objects_verbs("vault", "run/a", reads=COPIERS, writes=COPIERS),
    *objects_verbs("vault", "inference-logs/m/1", reads=ALL_OF_VAULT, writes=ALL_OF_VAULT),
    *(
        verb
        for bucket, key in (("objects", "contracts/a"), ("vault", "contracts/a"), ("others", "a"))
        for verb in objects_verbs(bucket, key, reads=NOBODY, writes=NOBODY)
    ),
    *locked_verbs("run/b", COPIERS),
    *locked_verbs("inference-logs/m/2", ALL_OF_VAULT),
    *locked_verbs("contracts/b", NOBODY),
    *bucket_verbs("objects", READERS),
    *bucket_verbs("vault", ALL_OF_VAULT),
    *bucket_verbs("others", NOBODY),
    Verb(name="make a bucket", call=lambda s3, _: s3.create_bucket(Bucket="mine"), roles=NOBODY),
)
