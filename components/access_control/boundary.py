"""What nobody may do, whatever policy is attached to a role: the permissions boundary of every role.

A boundary gives nothing. A role may do what both its policies and its boundary allow.
"""

from collections.abc import Sequence

from components.access_control.statements import Statement, allow, deny, document
from components.partition import partition_of

PATH = "/aifactory/access/"
"""Path of the roles of people and of CI, and of the boundary: by it a deployment is kept from changing them."""
# Services that the factory is made of, and those that a review of it reads.
SERVICES = (
    *("access-analyzer", "acm", "autoscaling", "backup", "cloudtrail", "cloudwatch", "config", "ec2", "ecr", "eks"),
    *("eks-auth", "elasticfilesystem", "elasticloadbalancing", "events", "fsx", "guardduty", "kms", "logs", "route53"),
    *("s3", "securityhub", "servicequotas", "sqs", "ssm", "tag"),
)
REMOVING = (
    *("s3:BypassGovernanceRetention", "s3:PutBucketObjectLockConfiguration", "s3:DeleteObjectVersion"),
    *("s3:PutObjectLegalHold", "s3:DeleteBucket", "s3:DeleteBucketPolicy"),
    *("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"),
    *("backup:DeleteBackupVault", "backup:DeleteRecoveryPoint", "backup:DeleteBackupVaultLockConfiguration"),
    *("backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultLockConfiguration"),
    *("backup:UpdateRecoveryPointLifecycle", "eks:DeleteCluster", "logs:DeleteLogGroup", "logs:DeleteLogStream"),
    *("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "ec2:DeleteFlowLogs"),
    *("config:StopConfigurationRecorder", "guardduty:DeleteDetector", "securityhub:DisableSecurityHub"),
)
"""What removes protection, or the record of who did what: for break glass alone."""
ESCALATING = (
    *("iam:CreateAccessKey", "iam:CreateUser", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
    *("iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AddUserToGroup", "iam:AttachGroupPolicy"),
    *("iam:PutGroupPolicy", "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
    *("iam:DeleteRolePermissionsBoundary", "iam:*OpenIDConnectProvider*", "iam:*SAMLProvider*"),
    *("organizations:*", "account:*"),
)
"""What makes a role more than it is."""
BOUNDED = ("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:AttachRolePolicy")
"""Calls by which a role gets rights; IAM knows the boundary of the role in each (`iam:PermissionsBoundary`)."""
GUARDED = (
    *("iam:Create*", "iam:Put*", "iam:Attach*", "iam:Detach*", "iam:Delete*", "iam:Update*", "iam:SetDefault*"),
    *("iam:Tag*", "iam:Untag*", "iam:PassRole", "sts:AssumeRole"),
)
"""What nobody does to the roles of people and of CI, nor to the boundary, by a role that has it."""
MANAGE_ROLES = (
    *BOUNDED,
    *("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:UpdateAssumeRolePolicy"),
    *("iam:UpdateRole", "iam:TagRole", "iam:UntagRole"),
)
PROFILES = (
    *("iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:TagInstanceProfile"),
    *("iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile"),
)


def boundary_name(environment: str) -> str:
    """Name of the policy."""
    return f"aifactory-{environment}-boundary"


def boundary_pattern(environment: str, region: str) -> str:
    """Its ARN for any account: a role's boundary is of its own account, and a preview does not know which that is."""
    return f"arn:{partition_of(region)}:iam::*:policy{PATH}{boundary_name(environment)}"


def boundary_document(environment: str, regions: Sequence[str], deployed_roles: Sequence[str]) -> str:
    """The policy, as JSON. The first of the regions is that of the platform.

    Roles are named: who could change the trust of any role, or take it, would go on as a role without this boundary.
    """
    partition = partition_of(regions[0])
    of_any_account = f"arn:{partition}:iam::*"
    roles, guarded = [f"{of_any_account}:role/{one}" for one in deployed_roles], f"{of_any_account}:*{PATH}*"
    statements: list[Statement] = [
        allow("InTheRegions", [f"{one}:*" for one in SERVICES], ["*"], _in(regions)),
        allow("Global", ["iam:Get*", "iam:List*", "route53:*Record*", "sts:GetCallerIdentity"], ["*"]),
        allow("Roles", [*MANAGE_ROLES, "iam:PassRole", "sts:AssumeRole", "sts:TagSession"], roles),
        # Karpenter's controller makes one for each node class; which roles go in, PassRole says.
        allow("Profiles", PROFILES, [f"{of_any_account}:instance-profile/*"]),
        allow("Linked", ["iam:CreateServiceLinkedRole"], [f"{of_any_account}:role/aws-service-role/*"]),
        deny("Guarded", GUARDED, [guarded]),
        deny("Protection", REMOVING, ["*"]),
        deny("Escalation", ESCALATING, ["*"]),
        deny("Unbounded", BOUNDED, ["*"], unbounded(boundary_pattern(environment, regions[0]))),
    ]
    return document(statements)


def unbounded(boundary: str) -> dict[str, dict[str, object]]:
    """The condition of a role without that boundary; it holds where the role has none, too (`ArnNotLike`)."""
    return {"ArnNotLike": {"iam:PermissionsBoundary": boundary}}


def _in(regions: Sequence[str]) -> dict[str, dict[str, object]]:
    return {"StringEquals": {"aws:RequestedRegion": sorted(set(regions))}}
