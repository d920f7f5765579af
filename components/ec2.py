"""EC2, asked for what no table knows. It alone imports botocore, for which a preview would wait a third of a second."""

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from components import aws_errors
from components.accelerators import AwsAccess, InstanceType, refused, unanswered
from components.violations import SpecError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType

# What EC2 answers for a type that does not exist, and for one that cannot be a type's name at all.
UNKNOWN_TYPE_CODES = frozenset({"InvalidInstanceType", "InvalidParameterValue", "ValidationError"})


@lru_cache(maxsize=32)
def instance_type_of(instance_type: str, access: AwsAccess) -> InstanceType:
    """What EC2 in `access.region` says of a type. Raises SpecError where it is unknown there or EC2 does not answer."""
    try:
        found = ec2_of(access).describe_instance_types(InstanceTypes=cast("list[InstanceTypeType]", [instance_type]))
    except ClientError as error:
        if aws_errors.code(error) in UNKNOWN_TYPE_CODES:
            raise _unknown(instance_type, access) from error
        raise unanswered("GpuPool", "instance_type", instance_type, access, error) from error
    except BotoCoreError as error:
        raise unanswered("GpuPool", "instance_type", instance_type, access, error) from error
    if not found["InstanceTypes"]:
        raise _unknown(instance_type, access)
    # The library's type says of every field that it may be absent; EC2 always gives those that are read here.
    return cast("InstanceType", cast("object", found["InstanceTypes"][0]))


@lru_cache(maxsize=4)
def ec2_of(access: AwsAccess) -> "EC2Client":
    """A client that gives up in seconds: a preview must not wait with botocore's patience where an endpoint is wrong.

    Raises BotoCoreError for a profile that is not there.
    """
    config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2, "mode": "standard"})
    # botocore alone: every preview waits for this import, and boto3 adds to it what S3's transfers need.
    session = Session(profile=access.profile or None)
    client = cast(
        "object",
        session.create_client("ec2", region_name=access.region, endpoint_url=access.endpoint or None, config=config),
    )
    return cast("EC2Client", client)


def _unknown(instance_type: str, access: AwsAccess) -> SpecError:
    rule = f"EC2 in {access.region} knows no such instance type"
    return refused(instance_type, rule, "set one that it has, e.g. p5.48xlarge")
