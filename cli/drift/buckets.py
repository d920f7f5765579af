"""What is set on a bucket of AWS, beside what was declared of it: each setting is a resource of its own, or of nobody."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.drift.access import statements
from cli.drift.findings import Difference
from cli.drift.judges import expiries
from cli.drift.refresh import Deployed
from components import aws_errors
from components.preflight.answers import asked
from host.documents import Values, mapping, sequence, text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What S3 answers where a bucket has no such setting.
ABSENT = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
Answer = Mapping[str, object]


def bucket_differences(
    s3: "S3Client", stack: str, bucket: Deployed, everything: list[Deployed]
) -> Iterator[Difference]:
    """What differs of each setting, whether a resource declares it or nobody does. Raises NoAnswer."""
    name = bucket.id
    for setting in (_versioning, _lock, _policy, _blocks, _lifecycle, _encryption, _replication):
        yield from (
            Difference(stack=stack, type=kind, name=resource, path=path, declared=declared, found=found)
            for kind, resource, path, declared, found in setting(s3, name, _Settings(bucket, everything))
            if declared != found
        )


Row = tuple[str, str, str, object, object]


class _Settings:
    """The resources that declare something of one bucket."""

    def __init__(self, bucket: Deployed, everything: list[Deployed]) -> None:
        self._bucket = bucket
        self._mine = {_class(one.type): one for one in everything if text(one.inputs.get("bucket")) == bucket.id}

    def of(self, kind: str) -> tuple[str, str, Values]:
        """Type, name and inputs of the resource of a class; the bucket's name where nobody declares one."""
        found = self._mine.get(kind)
        if found is None:
            return f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}", self._bucket.name, {}
        return found.type, found.name, found.inputs

    def declares(self, kind: str) -> bool:
        return kind in self._mine


def _class(token: str) -> str:
    return token.rpartition(":")[2].removesuffix("V2")


def _ask(call: str, question: Callable[[], object]) -> Answer:
    """The answer; empty where there is no such setting."""

    def ask() -> Answer:
        try:
            return mapping(question())
        except ClientError as error:
            if aws_errors.code(error) in ABSENT:
                return {}
            raise

    return asked(call, ask)


def _versioning(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketVersioning")
    found = _ask("s3:GetBucketVersioning", lambda: s3.get_bucket_versioning(Bucket=name))
    declared = mapping(inputs.get("versioningConfiguration")).get("status")
    # A bucket under Object Lock is versioned without being asked.
    if settings.declares("BucketVersioning"):
        yield kind, resource, "versioningConfiguration.status", declared, found.get("Status")


def _lock(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketObjectLockConfiguration")
    found = _ask("s3:GetObjectLockConfiguration", lambda: s3.get_object_lock_configuration(Bucket=name))
    rule = mapping(mapping(mapping(found.get("ObjectLockConfiguration")).get("Rule")).get("DefaultRetention"))
    live = {"defaultRetention": {key.lower(): value for key, value in rule.items() if value}} if rule else None
    yield kind, resource, "rule", inputs.get("rule"), live


def _policy(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketPolicy")
    found = text(_ask("s3:GetBucketPolicy", lambda: s3.get_bucket_policy(Bucket=name)).get("Policy")) or None
    declared = text(inputs.get("policy")) or None
    # S3 writes a policy again in its own way.
    if statements(declared) != statements(found):
        yield kind, resource, "policy", declared, found


def _blocks(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketPublicAccessBlock")
    answer = _ask("s3:GetPublicAccessBlock", lambda: s3.get_public_access_block(Bucket=name))
    found = mapping(answer.get("PublicAccessBlockConfiguration"))
    if settings.declares("BucketPublicAccessBlock"):
        for key in BLOCKS:
            yield kind, resource, key, inputs.get(key) is True, found.get(f"{key[0].upper()}{key[1:]}") is True


def _lifecycle(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketLifecycleConfiguration")
    answer = _ask("s3:GetLifecycleConfiguration", lambda: s3.get_bucket_lifecycle_configuration(Bucket=name))
    found, declared = sequence(answer.get("Rules")), sequence(inputs.get("rules"))
    if sorted(expiries(found)) != sorted(expiries(declared)):
        yield kind, resource, "rules", declared or None, found or None


def _encryption(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketServerSideEncryptionConfiguration")
    # S3 encrypts every bucket in its own way where nobody says how.
    if not settings.declares("BucketServerSideEncryptionConfiguration"):
        return
    answer = _ask("s3:GetEncryptionConfiguration", lambda: s3.get_bucket_encryption(Bucket=name))
    found = mapping(answer.get("ServerSideEncryptionConfiguration"))
    live = [
        (text(one.get("SSEAlgorithm")), text(one.get("KMSMasterKeyID")))
        for rule in sequence(found.get("Rules"))
        for one in [mapping(mapping(rule).get("ApplyServerSideEncryptionByDefault"))]
    ]
    wanted = [
        (text(one.get("sseAlgorithm")), text(one.get("kmsMasterKeyId")))
        for rule in sequence(inputs.get("rules"))
        for one in [mapping(mapping(rule).get("applyServerSideEncryptionByDefault"))]
    ]
    yield kind, resource, "rules", _joined(wanted), _joined(live)


def _joined(pairs: list[tuple[str, str]]) -> object:
    return [" ".join(filter(None, pair)) for pair in pairs] or None


def _replication(s3: "S3Client", name: str, settings: _Settings) -> Iterator[Row]:
    kind, resource, inputs = settings.of("BucketReplicationConfig")
    answer = _ask("s3:GetReplicationConfiguration", lambda: s3.get_bucket_replication(Bucket=name))
    found = mapping(answer.get("ReplicationConfiguration"))
    yield (
        kind,
        resource,
        "rules",
        _copies(inputs.get("rules"), "destination", "bucket", "status"),
        _copies(found.get("Rules"), "Destination", "Bucket", "Status"),
    )


def _copies(rules: object, destination: str, bucket: str, status: str) -> object:
    """Where objects are copied, as a list of ARNs; None where nowhere."""
    enabled = [mapping(one) for one in sequence(rules) if text(mapping(one).get(status)) == "Enabled"]
    return sorted(text(mapping(one.get(destination)).get(bucket)) for one in enabled) or None
