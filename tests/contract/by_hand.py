"""What a hand changes behind the engine's back, and how that is to be named."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.drift.refresh import Deployed
from host.documents import mapping, sequence, text
from tests.support.control_plane import ControlPlane

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

NAMESPACE = "drift"
RBAC, NETWORKING = "/apis/rbac.authorization.k8s.io/v1", "/apis/networking.k8s.io/v1"
MINE = f"/namespaces/{NAMESPACE}"
EVERYONE = {"AWS": ["*"]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Hands:
    """The APIs, without the engine."""

    store: "S3Client"
    s3: "S3Client"
    kms: "KMSClient"
    ec2: "EC2Client"
    eks: "EKSClient"
    iam: "IAMClient"
    cluster: ControlPlane
    resources: Mapping[str, Deployed]
    """Of AWS, by `type name`."""

    def id(self, key: str) -> str:
        return self.resources[key].id


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change, and how it is told."""

    what: str
    make: Callable[[Hands], object]
    layer: str
    type: str
    """The end of the type token."""
    name: str
    path: str
    weakens: bool = True


def public(bucket: str) -> str:
    """A policy that lets everyone read."""
    statement = {
        "Effect": "Allow",
        "Principal": EVERYONE,
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def expire(s3: "S3Client", bucket: str) -> None:
    """A rule by which objects of a bucket are deleted after a day."""
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [{"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    )


def lock(s3: "S3Client", bucket: str, mode: str = "") -> None:
    """The default retention of a bucket; none where no mode is given."""
    if mode == "GOVERNANCE":
        s3.put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
            },
        )
    else:
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})


def replicate(hands: Hands) -> None:
    """Copies of a vault to a bucket of somebody else."""
    hands.s3.create_bucket(Bucket="elsewhere")
    hands.s3.put_bucket_versioning(Bucket="elsewhere", VersioningConfiguration={"Status": "Enabled"})
    hands.s3.put_bucket_replication(
        Bucket="offsite",
        ReplicationConfiguration={
            "Role": "arn:aws:iam::123456789012:role/copies",
            "Rules": [
                {
                    "ID": "all",
                    "Status": "Enabled",
                    "Priority": 1,
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": "arn:aws:s3:::elsewhere"},
                }
            ],
        },
    )


def scale(hands: Hands) -> None:
    cluster, _, name = hands.id("aws:eks/nodeGroup:NodeGroup nodes").partition(":")
    hands.eks.update_nodegroup_config(
        clusterName=cluster, nodegroupName=name, scalingConfig={"minSize": 0, "maxSize": 4, "desiredSize": 4}
    )


def open_port(hands: Hands) -> None:
    hands.ec2.authorize_security_group_ingress(
        GroupId=hands.id("aws:ec2/securityGroup:SecurityGroup group"),
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )


def bind(name: str) -> Mapping[str, object]:
    """A binding of every right to an account that nobody declared."""
    return {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "stranger", "namespace": NAMESPACE}],
    }


def patch(path: str, change: Mapping[str, object]) -> Callable[[Hands], object]:
    return lambda hands: hands.cluster.patch(path, change)


def settle(s3: "S3Client", resources: Sequence[Deployed]) -> None:
    """Sets on moto's buckets what is declared of them: the lab's plugin only records it."""
    for one in resources:
        bucket, inputs = text(one.inputs.get("bucket")), one.inputs
        match one.type.rpartition(":")[2]:
            case "BucketVersioning":
                s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            case "BucketObjectLockConfiguration":
                days = mapping(mapping(inputs.get("rule")).get("defaultRetention")).get("days")
                s3.put_object_lock_configuration(
                    Bucket=bucket,
                    ObjectLockConfiguration={
                        "ObjectLockEnabled": "Enabled",
                        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": int(str(days))}},
                    },
                )
            case "BucketPolicy":
                s3.put_bucket_policy(Bucket=bucket, Policy=text(inputs.get("policy")))
            case "BucketPublicAccessBlock":
                s3.put_public_access_block(
                    Bucket=bucket,
                    PublicAccessBlockConfiguration={
                        "BlockPublicAcls": True,
                        "BlockPublicPolicy": True,
                        "IgnorePublicAcls": True,
                        "RestrictPublicBuckets": True,
                    },
                )
            case "BucketServerSideEncryptionConfiguration":
                rule = mapping(sequence(inputs.get("rules"))[0])
                key = text(mapping(rule.get("applyServerSideEncryptionByDefault")).get("kmsMasterKeyId"))
                s3.put_bucket_encryption(
                    Bucket=bucket,
                    ServerSideEncryptionConfiguration={
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": key,
                                }
                            }
                        ]
                    },
                )
            case _:
                pass
