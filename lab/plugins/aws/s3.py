"""S3: buckets. What is set on one (versioning, lock, policy, encryption, ...) is recorded."""

from host.documents import Values, mapping, text
from lab.plugins.aws.table import AwsType, Client, specified

# S3 API, CreateBucket: the one region that is named by naming none.
DEFAULT_REGION = "us-east-1"


def _create(call: Client, inputs: Values) -> str:
    name, region = text(inputs.get("bucket")), text(call("sts", "region").get("region"))
    call(
        "s3",
        "create_bucket",
        **specified(
            Bucket=name,
            ObjectLockEnabledForBucket=inputs.get("objectLockEnabled"),
            CreateBucketConfiguration={"LocationConstraint": region} if region != DEFAULT_REGION else None,
        ),
    )
    return name


def _read(call: Client, identity: str, inputs: Values) -> Values | None:
    call("s3", "head_bucket", Bucket=identity)
    return {
        "bucket": identity,
        "objectLockEnabled": inputs.get("objectLockEnabled"),
        "tags": mapping(inputs.get("tags")),
        "arn": f"arn:aws:s3:::{identity}",
        "bucketDomainName": f"{identity}.s3.amazonaws.com",
    }


def _update(call: Client, identity: str, old: Values, new: Values) -> None:
    """Nothing of it is moto's; Pulumi's state takes the new inputs."""


def _delete(call: Client, identity: str, inputs: Values) -> None:
    call("s3", "delete_bucket", Bucket=identity)


TYPES: dict[str, AwsType] = {
    "aws:s3/bucket:Bucket": AwsType(
        properties=frozenset({"bucket", "objectLockEnabled"}),
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"bucket", "objectLockEnabled"}),
        computed=("arn", "bucketDomainName"),
        name="bucket",
    ),
}
