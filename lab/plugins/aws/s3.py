"""S3: buckets and their tags. What else is set on one (versioning, lock, policy, encryption, ...) is recorded."""

from botocore.exceptions import ClientError

from components import aws_errors
from host.documents import Values, text
from lab.plugins.aws.table import AwsType, Client, specified, tag_list, tag_map
from pulumi_plugin.server import PluginError

# S3 API, CreateBucket: the one region that is named by naming none.
DEFAULT_REGION = "us-east-1"
# S3 API, GetBucketTagging: the error of a bucket that has none.
UNTAGGED = "NoSuchTagSet"


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
    _tag(call, name, inputs)
    return name


def _tag(call: Client, name: str, inputs: Values) -> None:
    """A bucket's tags are put as a whole."""
    if tag_list(inputs):
        call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(inputs)})
    else:
        call("s3", "delete_bucket_tagging", Bucket=name)


def _tags(call: Client, name: str) -> Values:
    try:
        return tag_map(call("s3", "get_bucket_tagging", Bucket=name).get("TagSet"))
    except PluginError as error:
        if isinstance(error.__cause__, ClientError) and aws_errors.code(error.__cause__) == UNTAGGED:
            return {}
        raise


def _read(call: Client, identity: str, inputs: Values) -> Values | None:
    call("s3", "head_bucket", Bucket=identity)
    return {
        "bucket": identity,
        "objectLockEnabled": inputs.get("objectLockEnabled"),
        "tags": _tags(call, identity),
        "arn": f"arn:aws:s3:::{identity}",
        "bucketDomainName": f"{identity}.s3.amazonaws.com",
    }


def _update(call: Client, identity: str, old: Values, new: Values) -> None:
    _tag(call, identity, new)


def _delete(call: Client, identity: str, inputs: Values) -> None:
    call("s3", "delete_bucket", Bucket=identity)


TYPES: dict[str, AwsType] = {
    "aws:s3/bucket:Bucket": AwsType(
        properties=frozenset({"bucket", "objectLockEnabled", "tags"}),
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"bucket", "objectLockEnabled"}),
        computed=("arn", "bucketDomainName"),
        name="bucket",
    ),
}
