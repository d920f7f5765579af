"""How a bucket is made, read back, changed and removed."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from components.object_store.spec import NAME_RULE, is_bucket_name, is_endpoint
from components.object_store.store import StoreError, Values, code_of, number, s3_of, text, translate_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        LifecycleRuleOutputTypeDef,
        LifecycleRuleTypeDef,
        ObjectLockConfigurationTypeDef,
    )

# What S3 answers where a bucket has no such configuration.
ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
DEFAULTS: Values = {
    "endpoint": "",
    "profile": "",
    "objectLock": False,
    "versioning": True,
    "defaultRetentionDays": 0,
    "policy": "",
    "encryption": "",
}
# S3 API, DefaultRetention: days or years.
DAYS_OF_A_YEAR = 365
MOVES = ("Transitions", "NoncurrentVersionTransitions")
# A store that has no lifecycles deletes nothing by one.
NO_LIFECYCLES = ABSENT | {"NotImplemented"}
# Object Lock belongs to a bucket from its creation. The store's address is no part of what a bucket is: it may move.
REPLACED_BY = frozenset({"bucket", "objectLock"})


def violations(inputs: Values) -> dict[str, str]:
    """What is wrong with the inputs, by property. Unknown ones are not judged: they are absent here."""
    found: dict[str, str] = {}
    days, locked = inputs.get("defaultRetentionDays", 0), inputs.get("objectLock", False)
    if "bucket" in inputs and not is_bucket_name(text(inputs, "bucket")):
        found["bucket"] = f"{inputs['bucket']!r}: {NAME_RULE}"
    if text(inputs, "endpoint") and not is_endpoint(text(inputs, "endpoint")):
        found["endpoint"] = "a store's endpoint is a URL of scheme, host and port, without credentials"
    if not isinstance(days, int | float) or days != int(days) or days < 0:
        found["defaultRetentionDays"] = f"{days}: retention is a whole number of days, 0 for none"
    elif days and not locked:
        found["defaultRetentionDays"] = f"{days:g}: only a bucket with objectLock can retain objects"
    if locked and not inputs.get("versioning", True):
        found["versioning"] = "a bucket with objectLock is versioned"
    if text(inputs, "encryption") not in ("", "AES256"):
        found["encryption"] = f"{inputs['encryption']!r}: encryption is AES256 or nothing"
    if text(inputs, "policy"):
        try:
            json.loads(text(inputs, "policy"))
        except ValueError as error:
            found["policy"] = f"a bucket policy is JSON ({error})"
    return found


def normal(inputs: Values) -> Values:
    """Inputs with their defaults, and the policy written in the one way that can be compared with what is read back."""
    values = {**DEFAULTS, **{key: value for key, value in inputs.items() if value is not None}}
    try:
        return {**values, "policy": canonical(text(values, "policy"))}
    except ValueError:
        return values


def canonical(policy: str) -> str:
    """A bucket policy with sorted keys; stores give back one text in many orders."""
    return json.dumps(json.loads(policy), sort_keys=True) if policy else ""


def create(inputs: Values) -> str:
    """Makes the bucket, or adopts the one that exists; returns its name.

    A bucket is adopted where it is under Object Lock as declared, because a state that was lost must find its vault again,
    or where it is empty, because nothing in it can come to harm. Raises StoreError for any other one.
    """
    name, locked = text(inputs, "bucket"), bool(inputs["objectLock"])
    endpoint, profile = text(inputs, "endpoint"), text(inputs, "profile")
    s3 = s3_of(endpoint, profile)
    with translate_errors(name, endpoint, profile):
        if not _exists(s3, name):
            s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        elif locked and not _lock(s3, name)[0]:
            raise StoreError(
                f"bucket {name!r} at {endpoint or 'AWS'} exists without Object Lock, which a bucket has from its creation or never: "
                "give the vault another name, or move that bucket away"
            )
        elif not locked and (_lock(s3, name)[0] or s3.list_objects_v2(Bucket=name, MaxKeys=1).get("KeyCount")):
            raise StoreError(
                f"bucket {name!r} at {endpoint or 'AWS'} exists and is not empty or is locked: choose another name, "
                "or `pulumi import` it where it is yours"
            )
        _configure(s3, name, inputs)
    return name


def read(name: str, known: Values) -> Values | None:
    """The bucket as it stands now; None where there is none. `known` says which store it is on."""
    endpoint, profile = text(known, "endpoint"), text(known, "profile")
    s3 = s3_of(endpoint, profile)
    with translate_errors(name, endpoint, profile):
        if not _exists(s3, name):
            return None
        locked, days = _lock(s3, name)
        return {
            "bucket": name,
            "endpoint": endpoint,
            "profile": profile,
            "objectLock": locked,
            "versioning": s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled",
            "defaultRetentionDays": days,
            "policy": canonical(_policy(s3, name)),
            # Where nothing is asked for, whatever the store does by itself is no drift.
            "encryption": _encryption(s3, name) if text(known, "encryption") else "",
            **_undeclared_lifecycle(s3, name, locked=locked),
        }


def update(name: str, old: Values, inputs: Values) -> None:
    """Brings the bucket from its old inputs to its inputs. Raises StoreError where it is not on the store that they name."""
    endpoint, profile = text(inputs, "endpoint"), text(inputs, "profile")
    s3 = s3_of(endpoint, profile)
    with translate_errors(name, endpoint, profile):
        if not _exists(s3, name):
            raise StoreError(
                f"bucket {name!r} is not at {endpoint or 'AWS'}: `pulumi refresh` forgets a bucket that is gone, "
                "or set the endpoint back to the store that has it"
            )
        _configure(s3, name, inputs)
        if text(old, "encryption") and not text(inputs, "encryption"):
            s3.delete_bucket_encryption(Bucket=name)


def delete(name: str, known: Values) -> None:
    """Removes an empty bucket. Raises StoreError for any other: nothing here ever removes an object."""
    endpoint, profile = text(known, "endpoint"), text(known, "profile")
    s3 = s3_of(endpoint, profile)
    with translate_errors(name, endpoint, profile):
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError as error:
            if code_of(error) == "BucketNotEmpty":
                raise StoreError(
                    f"bucket {name!r} at {endpoint or 'AWS'} is not empty, and is never emptied here: "
                    "remove its objects and their versions first, or keep it with `pulumi state delete`"
                ) from error
            if code_of(error) not in ABSENT:
                raise


def _exists(s3: "S3Client", name: str) -> bool:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if code_of(error) in ABSENT:
            return False
        raise
    return True


def _lock(s3: "S3Client", name: str) -> tuple[bool, int]:
    """Whether Object Lock is enabled, and the days that objects keep by default."""
    try:
        lock = s3.get_object_lock_configuration(Bucket=name).get("ObjectLockConfiguration", {})
    except ClientError as error:
        if code_of(error) in ABSENT:
            return False, 0
        raise
    rule = cast(Mapping[str, Mapping[str, object]], lock.get("Rule") or {})
    default = rule.get("DefaultRetention", {})
    # GOVERNANCE can be bypassed, so it counts as no retention and is shown as drift.
    kept = number(default, "Days") or number(default, "Years") * DAYS_OF_A_YEAR
    days = kept if default.get("Mode") == "COMPLIANCE" else 0
    return lock.get("ObjectLockEnabled") == "Enabled", days


def _undeclared_lifecycle(s3: "S3Client", name: str, *, locked: bool) -> Values:
    """The property `lifecycle` of a locked bucket where rules remove or move its objects: no input can declare one.

    The rules of any other bucket are its operator's own, who alone can set them.
    """
    rules = [rule for rule in _lifecycle(s3, name) if _removes(rule)] if locked else []
    return {"lifecycle": json.dumps(rules, sort_keys=True, default=str)} if rules else {}


def _lifecycle(s3: "S3Client", name: str) -> "list[LifecycleRuleOutputTypeDef]":
    try:
        return s3.get_bucket_lifecycle_configuration(Bucket=name).get("Rules", [])
    except ClientError as error:
        if code_of(error) in NO_LIFECYCLES:
            return []
        raise


def _removes(rule: "LifecycleRuleOutputTypeDef") -> bool:
    """Whether a rule does more than to end uploads that were begun; one that is disabled waits for a switch."""
    return any(key in rule for key in ("Expiration", "NoncurrentVersionExpiration", *MOVES))


def _policy(s3: "S3Client", name: str) -> str:
    try:
        return s3.get_bucket_policy(Bucket=name).get("Policy", "")
    except ClientError as error:
        if code_of(error) in ABSENT:
            return ""
        raise


def _encryption(s3: "S3Client", name: str) -> str:
    try:
        rules = s3.get_bucket_encryption(Bucket=name).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    except ClientError as error:
        if code_of(error) in ABSENT:
            return ""
        raise
    return rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "") if rules else ""


def _keep(s3: "S3Client", name: str, *, locked: bool) -> None:
    """Takes away the rules of a lifecycle that remove or move what a locked bucket holds."""
    found = _lifecycle(s3, name) if locked else []
    kept = [rule for rule in found if not _removes(rule)]
    if kept == found:
        return
    if kept:
        s3.put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration={"Rules": cast("list[LifecycleRuleTypeDef]", kept)}
        )
    else:
        s3.delete_bucket_lifecycle(Bucket=name)


def _configure(s3: "S3Client", name: str, inputs: Values) -> None:
    locked, days = bool(inputs["objectLock"]), number(inputs, "defaultRetentionDays")
    # Object Lock turns versioning on by itself, and stores refuse to be asked for it.
    versioned = s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled"
    if versioned != bool(inputs["versioning"]):
        status = "Enabled" if inputs["versioning"] else "Suspended"
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    if locked and _lock(s3, name)[1] != days:
        lock: ObjectLockConfigurationTypeDef = {"ObjectLockEnabled": "Enabled"}
        if days:
            lock["Rule"] = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    _keep(s3, name, locked=locked)
    policy = canonical(text(inputs, "policy"))
    if policy != canonical(_policy(s3, name)):
        if policy:
            s3.put_bucket_policy(Bucket=name, Policy=policy)
        else:
            s3.delete_bucket_policy(Bucket=name)
    encryption = text(inputs, "encryption")
    # The one that `violations` lets pass.
    if encryption == "AES256" and encryption != _encryption(s3, name):
        s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": encryption}}]
            },
        )
