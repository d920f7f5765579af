"""What each role is tried against at AWS: a call, and the roles that may make it. Every other role may not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.access_control.rbac import (
    AUDITOR,
    CI_DEPLOY,
    CI_PREVIEW,
    ML_ENGINEER,
    PLATFORM,
    ROLES,
    SECURITY,
    RoleName,
)
from tests.support.access_roles import ACCOUNT, BOUNDARY, OFFSITE_REGION, REGION, STATE_KEY, VAULT_REGION

HERE = {"aws:RequestedRegion": REGION}
EVERYBODY = ROLES
NOBODY: tuple[RoleName, ...] = ()
LOOKING = (SECURITY, PLATFORM, CI_PREVIEW, CI_DEPLOY)
STATE_READERS = (AUDITOR, CI_PREVIEW, CI_DEPLOY)
CLUSTER = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/factory"
NODES = f"arn:aws:eks:{REGION}:{ACCOUNT}:nodegroup/factory/gpu/1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
FACTORY_ROLE = f"{ROLE}/cluster-role-1a2b3c4"
ADMIN_ROLE = f"{ROLE}/OrganizationAccountAccessRole"
ACCESS_ROLE = f"{ROLE}/aifactory/access/aifactory-aws-ci-deploy"
OWN_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/own"
VAULT_KEY = f"arn:aws:kms:{VAULT_REGION}:{ACCOUNT}:key/vault"
BOUNDED = {"iam:PermissionsBoundary": BOUNDARY}
OURS = {"aws:ResourceTag/aifactory:environment": "aws"}
AUDIT_LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/eks/factory/cluster:log-stream:kube-apiserver-audit"
OTHER_LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/other:log-stream:x"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """One call, and who may make it."""

    action: str
    resource: str
    context: Mapping[str, str]
    roles: tuple[RoleName, ...]
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.action}{f' {self.note}' if self.note else ''}"


@dataclass(frozen=True, slots=True)
class _Table:
    rows: list[Verb] = field(default_factory=list[Verb])

    def add(
        self,
        action: str,
        resource: str,
        roles: tuple[RoleName, ...],
        note: str = "",
        region: str = REGION,
        **context: str,
    ) -> None:
        """A row. Of the context the region is there by itself: other keys are given by name."""
        self.rows.append(
            Verb(
                action=action,
                resource=resource,
                context={**HERE, "aws:RequestedRegion": region, **context},
                roles=roles,
                note=note,
            )
        )


def _verbs() -> list[Verb]:
    table = _Table()
    add = table.add
    # What removes protection, or the record of it: nobody.
    for action, resource in (
        ("s3:BypassGovernanceRetention", "arn:aws:s3:::vault/models/1"),
        ("s3:PutBucketObjectLockConfiguration", "arn:aws:s3:::vault"),
        ("s3:PutObjectRetention", "arn:aws:s3:::vault/models/1"),
        ("s3:PutObjectLegalHold", "arn:aws:s3:::vault/models/1"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::vault/models/1"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::state/.pulumi/stacks/x.json"),
        ("s3:DeleteObject", "arn:aws:s3:::vault/models/1"),
        ("s3:DeleteBucket", "arn:aws:s3:::vault"),
        ("s3:DeleteBucket", "arn:aws:s3:::objects"),
        ("s3:DeleteBucketPolicy", "arn:aws:s3:::vault"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::vault"),
        ("s3:PutLifecycleConfiguration", "arn:aws:s3:::vault"),
        ("s3:PutBucketVersioning", "arn:aws:s3:::vault"),
        ("s3:PutObject", "arn:aws:s3:::vault/models/1"),
        ("kms:ScheduleKeyDeletion", OWN_KEY),
        ("kms:DisableKey", OWN_KEY),
        ("backup:DeleteBackupVault", f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:factory"),
        ("backup:DeleteRecoveryPoint", f"arn:aws:ec2:{REGION}::snapshot/snap-1"),
        ("backup:DeleteBackupVaultLockConfiguration", f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:factory"),
        ("eks:DeleteCluster", CLUSTER),
        ("fsx:DeleteFileSystem", f"arn:aws:fsx:{REGION}:{ACCOUNT}:file-system/fs-1"),
        ("elasticfilesystem:DeleteFileSystem", f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1"),
        ("logs:DeleteLogGroup", AUDIT_LOG),
        ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all"),
        ("ec2:DeleteFlowLogs", f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/fl-1"),
        ("guardduty:DeleteDetector", f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/1"),
    ):
        add(action, resource, NOBODY, note=resource.rsplit(":", 1)[-1], **OURS)
    add("kms:PutKeyPolicy", VAULT_KEY, NOBODY, "of the vault", region=VAULT_REGION)
    add("kms:PutKeyPolicy", OWN_KEY, (CI_DEPLOY,), "of the factory", **OURS)
    # What makes somebody more than they are.
    for action, resource in (
        ("iam:PassRole", "*"),
        ("iam:PassRole", ADMIN_ROLE),
        ("iam:PassRole", ACCESS_ROLE),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/somebody"),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/somebody"),
        ("iam:CreateLoginProfile", f"arn:aws:iam::{ACCOUNT}:user/somebody"),
        ("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/admins"),
        ("iam:PutRolePolicy", ADMIN_ROLE),
        ("iam:PutRolePolicy", ACCESS_ROLE),
        ("iam:AttachRolePolicy", ACCESS_ROLE),
        ("iam:UpdateAssumeRolePolicy", ADMIN_ROLE),
        ("iam:UpdateAssumeRolePolicy", ACCESS_ROLE),
        ("iam:CreateRole", f"{ROLE}/mine"),
        ("iam:CreateRole", ACCESS_ROLE),
        ("iam:CreatePolicyVersion", BOUNDARY),
        ("iam:SetDefaultPolicyVersion", BOUNDARY),
        ("iam:DeletePolicy", BOUNDARY),
        ("iam:DeleteRolePermissionsBoundary", FACTORY_ROLE),
        ("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/evil.example"),
        ("sts:AssumeRole", ADMIN_ROLE),
        ("sts:AssumeRole", ACCESS_ROLE),
        ("organizations:LeaveOrganization", "*"),
    ):
        passed = {"iam:PassedToService": "ec2.amazonaws.com"}
        add(action, resource, NOBODY, note=resource.rsplit(":", 1)[-1], **BOUNDED, **passed)
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"):
        add(action, FACTORY_ROLE, (CI_DEPLOY,), "with the boundary", **BOUNDED)
        add(action, FACTORY_ROLE, NOBODY, "without a boundary")
        other = f"arn:aws:iam::{ACCOUNT}:policy/everything"
        add(action, FACTORY_ROLE, NOBODY, "with another boundary", **{"iam:PermissionsBoundary": other})
    services: tuple[tuple[str, tuple[RoleName, ...]], ...] = (
        ("eks", (CI_DEPLOY,)),
        ("ec2", (CI_DEPLOY,)),
        ("lambda", NOBODY),
    )
    for service, roles in services:
        to = {"iam:PassedToService": f"{service}.amazonaws.com"}
        add("iam:PassRole", FACTORY_ROLE, roles, f"to {service}", **to)
    # Another cluster, another region.
    other = CLUSTER.replace("/factory", "/other")
    add("eks:CreateAccessEntry", other, NOBODY, "of another cluster")
    add("eks:CreateAccessEntry", CLUSTER, (CI_DEPLOY,))
    add("ec2:RunInstances", "*", NOBODY, "in another region", region="ap-south-1")
    add("ec2:RunInstances", "*", (CI_DEPLOY,))
    add("ec2:DescribeInstances", "*", NOBODY, "in another region", region="ap-south-1")
    # The way into the cluster, and what is looked at.
    add("eks:DescribeCluster", CLUSTER, EVERYBODY)
    add("eks:DescribeCluster", other, LOOKING, "of another cluster")
    for action in ("ec2:DescribeInstanceTypes", "ec2:DescribeVpcs", "eks:ListNodegroups", "fsx:DescribeFileSystems"):
        add(action, "*", LOOKING)
    add("iam:GetRolePolicy", FACTORY_ROLE, LOOKING)
    add("s3:GetBucketPolicy", "arn:aws:s3:::objects", LOOKING)
    add("s3:GetBucketPolicy", "arn:aws:s3:::vault", (*LOOKING, AUDITOR), region=VAULT_REGION)
    add("kms:GetKeyPolicy", OWN_KEY, LOOKING)
    add("iam:ListUsers", "*", (SECURITY,))
    add("guardduty:ListFindings", "*", (SECURITY,))
    add("securityhub:GetFindings", "*", (SECURITY,))
    add("cloudtrail:LookupEvents", "*", (SECURITY, AUDITOR))
    # Logs.
    for action in ("logs:FilterLogEvents", "logs:GetLogEvents"):
        add(action, AUDIT_LOG, (SECURITY, PLATFORM, AUDITOR), "of the API server")
        add(action, OTHER_LOG, (SECURITY, PLATFORM), "of something else")
    # State and its key.
    add("s3:ListBucket", "arn:aws:s3:::state", STATE_READERS)
    add("s3:GetObject", "arn:aws:s3:::state/.pulumi/stacks/x.json", STATE_READERS)
    add("s3:PutObject", "arn:aws:s3:::state/.pulumi/stacks/x.json", (CI_DEPLOY,))
    add("s3:DeleteObject", "arn:aws:s3:::state/.pulumi/locks/x.json", (CI_DEPLOY,))
    add("kms:Decrypt", STATE_KEY, STATE_READERS)
    add("kms:Encrypt", STATE_KEY, (CI_DEPLOY,))
    # Objects and the vault.
    add("s3:GetObject", "arn:aws:s3:::objects/data/1", (ML_ENGINEER, CI_DEPLOY))
    add("s3:PutObject", "arn:aws:s3:::objects/data/1", (CI_DEPLOY,))
    add("s3:GetObject", "arn:aws:s3:::objects/contracts/aws.platform.json", (CI_PREVIEW, CI_DEPLOY))
    add(
        "s3:GetObject",
        "arn:aws:s3:::vault/contracts/aws.vault.json",
        (AUDITOR, CI_PREVIEW, CI_DEPLOY),
        region=VAULT_REGION,
    )
    for bucket, region in (("vault", VAULT_REGION), ("offsite", OFFSITE_REGION)):
        add("s3:ListBucketVersions", f"arn:aws:s3:::{bucket}", (AUDITOR,), region=region)
        add("s3:GetObject", f"arn:aws:s3:::{bucket}/models/1", (AUDITOR,), region=region)
        add("s3:GetObjectRetention", f"arn:aws:s3:::{bucket}/models/1", (AUDITOR,), region=region)
    via = {"kms:ViaService": f"s3.{VAULT_REGION}.amazonaws.com"}
    of_vault = {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::vault"}
    of_other = {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other"}
    add(
        "kms:Decrypt",
        VAULT_KEY,
        (AUDITOR, CI_PREVIEW, CI_DEPLOY),
        "of the vault's objects",
        region=VAULT_REGION,
        **via,
        **of_vault,
    )
    add("kms:Decrypt", VAULT_KEY, NOBODY, "of another bucket", region=VAULT_REGION, **via, **of_other)
    add("kms:Decrypt", VAULT_KEY, NOBODY, "beside S3", region=VAULT_REGION, **of_vault)
    add("secretsmanager:GetSecretValue", "*", NOBODY)
    add("ssm:GetParameter", "*", NOBODY)
    add("ssm:StartSession", "*", NOBODY)
    # Operations.
    node = {"aws:ResourceTag/eks:cluster-name": "factory"}
    add("ec2:TerminateInstances", "*", (PLATFORM,), "of the cluster", **node)
    add("ec2:TerminateInstances", "*", NOBODY, "of something else")
    add("ec2:RebootInstances", "*", (PLATFORM,), "of the cluster", **node)
    add("eks:UpdateNodegroupConfig", NODES, (PLATFORM, CI_DEPLOY))
    add("eks:UpdateClusterVersion", CLUSTER, (CI_DEPLOY,))
    add("fsx:CreateBackup", f"arn:aws:fsx:{REGION}:{ACCOUNT}:file-system/fs-1", (PLATFORM, CI_DEPLOY), **OURS)
    # Deployment.
    for action in (
        "ec2:CreateVpc",
        "ecr:PutImage",
        "elasticfilesystem:CreateFileSystem",
        "kms:CreateKey",
        "sqs:CreateQueue",
    ):
        add(action, "*", (CI_DEPLOY,))
    add("s3:PutBucketPolicy", "arn:aws:s3:::objects", (CI_DEPLOY,))
    return table.rows


VERBS = _verbs()
