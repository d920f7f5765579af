"""What each role may do at AWS: its one inline policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.access_control.boundary import BOUNDED, ESCALATING, GUARDED, MANAGE_ROLES, PATH, REMOVING, unbounded
from components.access_control.rbac import (
    AUDITOR,
    CI_DEPLOY,
    CI_PREVIEW,
    ML_ENGINEER,
    ML_VIEWER,
    PLATFORM,
    SECURITY,
    RoleName,
)
from components.access_control.statements import Condition, Statement, allow, deny, document
from components.partition import partition_of

# What a preview asks AWS, and what a comparison with what is there reads. No content of a bucket, and no secret.
DESCRIBE = (
    *("autoscaling:Describe*", "ec2:Describe*", "ecr:Describe*", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy"),
    *("ecr:ListTagsForResource", "eks:Describe*", "eks:List*", "elasticfilesystem:Describe*", "fsx:Describe*"),
    *("elasticloadbalancing:Describe*", "fsx:ListTagsForResource", "servicequotas:Get*", "servicequotas:List*"),
    *("logs:DescribeLogGroups", "logs:ListTagsForResource", "sts:GetCallerIdentity", "tag:GetResources"),
    *("events:DescribeRule", "events:List*", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"),
)
CONFIGURATION = (
    *("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
    *("iam:ListInstanceProfilesForRole", "iam:GetPolicy", "iam:GetPolicyVersion", "kms:DescribeKey"),
    *("kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags", "s3:GetAccelerateConfiguration"),
    *("s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"),
    *("s3:GetReplicationConfiguration",),
)
READ_LOGS = (
    *("logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"),
    *("logs:StartQuery", "logs:StopQuery", "logs:GetQueryResults"),
)
REVIEW = (
    *("access-analyzer:Get*", "access-analyzer:List*", "backup:Describe*", "backup:Get*", "backup:List*"),
    *("cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*", "cloudtrail:LookupEvents"),
    *("cloudwatch:Describe*", "config:Describe*", "config:Get*", "config:List*", "guardduty:Get*"),
    *("guardduty:List*", "iam:Get*", "iam:List*", "kms:Describe*", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"),
    *("kms:List*", "s3:ListAllMyBuckets", "s3:GetAccountPublicAccessBlock", "securityhub:Describe*"),
    *("securityhub:Get*", "securityhub:List*"),
)
# What a deployment makes and changes. Its deletions are of what holds no data: no file system, key, cluster or log group.
DEPLOY = (
    *("autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"),
    *("ec2:Allocate*", "ec2:Associate*", "ec2:Attach*", "ec2:Authorize*", "ec2:Create*", "ec2:Modify*"),
    *("ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate*", "ec2:DeleteNatGateway", "ec2:DeletePlacementGroup"),
    *("ec2:DeleteRoute*", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc*"),
    *("ec2:Detach*", "ec2:Disassociate*", "ec2:Release*", "ec2:Replace*", "ec2:Revoke*", "ec2:RunInstances"),
    *("ecr:CreateRepository*", "ecr:CreatePullThroughCacheRule", "ecr:Put*", "ecr:SetRepositoryPolicy"),
    *("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload"),
    *("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:BatchGetImage", "ecr:TagResource"),
    *("elasticfilesystem:Create*", "elasticfilesystem:DeleteAccessPoint", "elasticfilesystem:DeleteMountTarget"),
    *("elasticfilesystem:Put*", "elasticfilesystem:TagResource", "elasticfilesystem:ModifyMountTarget*"),
    *("elasticloadbalancing:Add*", "elasticloadbalancing:Create*", "elasticloadbalancing:Delete*"),
    *("elasticloadbalancing:Modify*", "elasticloadbalancing:Register*", "elasticloadbalancing:Deregister*"),
    *("fsx:Create*", "fsx:TagResource", "fsx:UpdateFileSystem", "fsx:UpdateDataRepositoryAssociation"),
    *("kms:CreateKey", "kms:CreateAlias", "kms:TagResource", "logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    *("logs:TagResource", "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery"),
    *("events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource"),
    *("sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"),
)
DEPLOY_CLUSTER = (
    *("eks:Associate*", "eks:Create*", "eks:Disassociate*", "eks:TagResource", "eks:UntagResource", "eks:Update*"),
    *("eks:DeleteAccessEntry", "eks:DeleteAddon", "eks:DeleteNodegroup", "eks:DeletePodIdentityAssociation"),
)
PASSED_TO = ("ec2", "ecr", "eks", "pods.eks", "vpc-flow-logs")
"""Services that take the roles of a deployment."""
STATE = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """Where Pulumi's state is kept."""

    bucket: str
    key_arn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsSite:
    """What the policies name."""

    region: str
    cluster: str
    environment: str
    objects: str
    vaults: Mapping[str, str]
    """Bucket -> region."""
    state: State | None
    """None where no role that is made reads it."""
    deployed_roles: tuple[str, ...]
    boundary: str
    """ARN or pattern of the boundary of every role."""

    @property
    def partition(self) -> str:
        """Of the region."""
        return partition_of(self.region)

    def bucket(self, name: str) -> str:
        """ARN of a bucket."""
        return f"arn:{self.partition}:s3:::{name}"


def permissions(role: RoleName, site: AwsSite) -> str:
    """The policy of a role, as JSON."""
    made = {
        SECURITY: _security,
        PLATFORM: _platform,
        ML_ENGINEER: _ml_engineer,
        ML_VIEWER: _ml_viewer,
        AUDITOR: _auditor,
        CI_PREVIEW: _ci_preview,
        CI_DEPLOY: _ci_deploy,
    }[role](site)
    return document([*made, deny("Protection", (*REMOVING, *ESCALATING), ["*"])])


def _security(site: AwsSite) -> list[Statement]:
    return [_enter(site), allow("Review", [*DESCRIBE, *CONFIGURATION, *REVIEW, *READ_LOGS], ["*"])]


def _platform(site: AwsSite) -> list[Statement]:
    groups = f"arn:{site.partition}:eks:{site.region}:*:nodegroup/{site.cluster}/*"
    nodes: Condition = {"StringEquals": {"aws:ResourceTag/eks:cluster-name": site.cluster}}
    ours: Condition = {"StringEquals": {"aws:ResourceTag/aifactory:environment": site.environment}}
    return [
        _enter(site),
        allow("Look", [*DESCRIBE, *CONFIGURATION, *READ_LOGS, "cloudwatch:Get*", "cloudwatch:List*"], ["*"]),
        allow("Backups", ["backup:Describe*", "backup:List*"], ["*"]),
        allow("Scale", ["eks:UpdateNodegroupConfig"], [groups]),
        # A managed node group tags its instances and its Auto Scaling group with the cluster (EKS user guide,
        # "Managed node groups").
        allow("Nodes", ["ec2:RebootInstances", "ec2:TerminateInstances"], ["*"], nodes),
        allow("NodesOfGroup", ["autoscaling:TerminateInstanceInAutoScalingGroup"], ["*"], nodes),
        allow("Backup", ["fsx:CreateBackup"], [f"arn:{site.partition}:fsx:{site.region}:*:*"], ours),
    ]


def _ml_engineer(site: AwsSite) -> list[Statement]:
    return [
        _enter(site),
        allow("ListObjects", ["s3:ListBucket"], [site.bucket(site.objects)]),
        allow("ReadObjects", ["s3:GetObject"], [f"{site.bucket(site.objects)}/*"]),
        # Where Pulumi's layers say what they made; who trains has no use for it.
        deny("Contracts", ["s3:GetObject"], [f"{site.bucket(site.objects)}/contracts/*"]),
        _decrypt(site, {site.objects: site.region}),
    ]


def _ml_viewer(site: AwsSite) -> list[Statement]:
    return [_enter(site)]


def _auditor(site: AwsSite) -> list[Statement]:
    log_groups = f"arn:{site.partition}:logs:{site.region}:*:log-group:/aws/eks/{site.cluster}/*"
    buckets = [site.bucket(name) for name in site.vaults]
    vaults = (
        [
            allow("ListVault", ["s3:ListBucket", "s3:ListBucketVersions", *VAULT_SETTINGS], buckets),
            allow("ReadVault", VAULT_OBJECTS, [f"{one}/*" for one in buckets]),
            _decrypt(site, site.vaults),
        ]
        if buckets
        else []
    )
    return [
        _enter(site),
        *_read_state(site),
        allow("AuditLogs", [one for one in READ_LOGS if "Query" not in one], [log_groups]),
        allow("Trail", ["cloudtrail:LookupEvents"], ["*"]),
        *vaults,
    ]


VAULT_SETTINGS = ("s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning", "s3:GetBucketPolicy")
VAULT_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold")


def _ci_preview(site: AwsSite) -> list[Statement]:
    contracts = [f"{site.bucket(one)}/contracts/*" for one in (site.objects, *site.vaults)]
    return [
        _enter(site),
        allow("Describe", [*DESCRIBE, *CONFIGURATION], ["*"]),
        *_read_state(site),
        allow("Contracts", ["s3:GetObject"], contracts),
        _decrypt(site, {site.objects: site.region, **site.vaults}),
    ]


def _ci_deploy(site: AwsSite) -> list[Statement]:
    objects, eks = site.bucket(site.objects), f"arn:{site.partition}:eks:{site.region}:*"
    roles = [f"arn:{site.partition}:iam::*:role/{one}" for one in site.deployed_roles]
    vaults = [f"{site.bucket(one)}/contracts/*" for one in site.vaults]
    layers: Condition = {"StringEquals": {"aws:ResourceTag/aifactory:environment": site.environment}}
    here: Condition = {"StringEquals": {"aws:RequestedRegion": site.region}}
    passed: Condition = {"StringLike": {"iam:PassedToService": [f"{one}.amazonaws.com*" for one in PASSED_TO]}}
    return [
        _enter(site),
        allow("Describe", [*DESCRIBE, *CONFIGURATION], ["*"]),
        *_write_state(site),
        allow("Deploy", DEPLOY, ["*"], here),
        allow("DeployCluster", DEPLOY_CLUSTER, [f"{eks}:cluster/{site.cluster}", f"{eks}:*/{site.cluster}/*"]),
        allow("Keys", ["kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:UpdateKeyDescription"], ["*"], layers),
        allow("Grants", ["kms:CreateGrant"], ["*"], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow("Bucket", BUCKET, [objects]),
        allow("Objects", ["s3:GetObject", "s3:PutObject"], [f"{objects}/*"]),
        *([allow("Contracts", ["s3:GetObject"], vaults)] if vaults else []),
        _decrypt(site, {site.objects: site.region, **site.vaults}, "kms:GenerateDataKey"),
        allow("Roles", MANAGE_ROLES, roles),
        allow("PassRoles", ["iam:PassRole"], roles, passed),
        allow("Linked", ["iam:CreateServiceLinkedRole"], [f"arn:{site.partition}:iam::*:role/aws-service-role/*"]),
        deny("Unbounded", BOUNDED, ["*"], unbounded(site.boundary)),
        # Roles of people and of CI, and the boundary: what grants rights is changed by a person.
        deny("Guarded", GUARDED, [f"arn:{site.partition}:iam::*:*{PATH}*"]),
    ]


BUCKET = (
    *("s3:CreateBucket", "s3:ListBucket", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy"),
    *("s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning"),
    *("s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
)


def _enter(site: AwsSite) -> Statement:
    """What a kubeconfig of EKS asks; Kubernetes then judges by the groups of the access entry."""
    cluster = f"arn:{site.partition}:eks:{site.region}:*:cluster/{site.cluster}"
    return allow("Cluster", ["eks:DescribeCluster"], [cluster])


def _read_state(site: AwsSite) -> list[Statement]:
    if site.state is None:
        return []
    bucket = site.bucket(site.state.bucket)
    return [
        allow("ListState", ["s3:ListBucket", "s3:GetBucketLocation"], [bucket]),
        allow("ReadState", ["s3:GetObject"], [f"{bucket}/*"]),
        allow("StateKey", ["kms:Decrypt", "kms:DescribeKey"], [site.state.key_arn]),
    ]


def _write_state(site: AwsSite) -> list[Statement]:
    if site.state is None:
        return []
    return [
        *_read_state(site)[:2],
        # The state's bucket is versioned and locked: what is deleted there is hidden.
        allow("WriteState", ["s3:PutObject", "s3:DeleteObject"], [f"{site.bucket(site.state.bucket)}/*"]),
        allow("StateKey", STATE, [site.state.key_arn]),
    ]


def _decrypt(site: AwsSite, buckets: Mapping[str, str], *more: str) -> Statement:
    """Keys of buckets, through S3 and for these buckets alone: with a bucket key, which ours have, the bucket is the
    encryption context (S3 user guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys").
    """
    regions: Sequence[str] = sorted(set(buckets.values()))
    condition: Condition = {
        "StringLike": {
            "kms:ViaService": [f"s3.{region}.*" for region in regions],
            "kms:EncryptionContext:aws:s3:arn": [site.bucket(name) for name in buckets],
        }
    }
    keys = [f"arn:{site.partition}:kms:{region}:*:key/*" for region in regions]
    return allow("ObjectKeys", ["kms:Decrypt", *more], keys, condition)
