"""Cases of the pack vault."""

from policies.types import (
    AWS_BUCKET,
    AWS_BUCKET_POLICY,
    AWS_ENCRYPTION,
    AWS_LIFECYCLE,
    AWS_LOCK,
    AWS_OWNERSHIP,
    AWS_VERSIONING,
    BACKUP_LOCK,
    BACKUP_PLAN,
    BACKUP_POLICY,
    BACKUP_VAULT,
    KMS_KEY,
    LUSTRE,
    OWN_BUCKET,
    VAULT,
)
from tests.policies.case import DELETED, Case, policy_of

CASES: tuple[Case, ...] = (
    Case(
        rule="storage-vault-lock",
        kind=VAULT,
        good={"object_lock": True, "retention_days": 365},
        bad=(
            ("object_lock", False),
            ("object_lock", DELETED),
        ),
        unknown=("object_lock",),
    ),
    Case(
        rule="storage-vault-lock",
        kind=AWS_LOCK,
        good={"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}},
        bad=(
            ("rule.defaultRetention.mode", "GOVERNANCE"),
            ("rule", DELETED),
        ),
        unknown=("rule",),
        within=VAULT,
    ),
    Case(
        rule="storage-vault-lock",
        kind=OWN_BUCKET,
        good={"objectLock": True, "defaultRetentionDays": 30},
        bad=(
            ("objectLock", False),
            ("defaultRetentionDays", 0),
        ),
        unknown=("objectLock",),
        within=VAULT,
    ),
    Case(
        rule="vault-retention-floor",
        kind=VAULT,
        good={"retention_days": 183},
        bad=(("retention_days", 182),),
        unknown=("retention_days",),
    ),
    Case(
        rule="vault-retention-floor",
        kind=OWN_BUCKET,
        good={"defaultRetentionDays": 365},
        bad=(("defaultRetentionDays", 364),),
        unknown=("defaultRetentionDays",),
        within=VAULT,
        config={"days": 365},
    ),
    Case(
        rule="vault-retention-floor",
        kind=AWS_LOCK,
        good={"rule": {"defaultRetention": {"days": 200}}},
        bad=(("rule.defaultRetention.days", 1),),
        unknown=("rule.defaultRetention",),
        within=VAULT,
    ),
    Case(
        rule="vault-versioned",
        kind=AWS_VERSIONING,
        good={"versioningConfiguration": {"status": "Enabled"}},
        bad=(
            ("versioningConfiguration.status", "Suspended"),
            ("versioningConfiguration", DELETED),
        ),
        unknown=("versioningConfiguration",),
        within=VAULT,
    ),
    Case(
        rule="vault-versioned",
        kind=OWN_BUCKET,
        good={"versioning": True},
        bad=(("versioning", False),),
        unknown=("versioning",),
        within=VAULT,
    ),
    Case(
        rule="vault-lifecycle-keeps-versions",
        kind=AWS_LIFECYCLE,
        good={"rules": [{"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}]},
        bad=(
            ("rules.0.expiration", {"days": 400}),
            ("rules.0.noncurrentVersionExpiration", {"noncurrentDays": 1}),
        ),
        unknown=("rules",),
        within=VAULT,
    ),
    Case(
        rule="vault-never-force-destroyed",
        kind=AWS_BUCKET,
        good={"bucket": "vault"},
        bad=(("forceDestroy", True),),
        unknown=("forceDestroy",),
        within=VAULT,
    ),
    Case(
        rule="vault-never-force-destroyed",
        kind=BACKUP_VAULT,
        good={"forceDestroy": False},
        bad=(("forceDestroy", True),),
        unknown=("forceDestroy",),
    ),
    Case(
        rule="vault-policy-denies-loss",
        kind=AWS_BUCKET_POLICY,
        good={"policy": policy_of({"Effect": "Deny", "Action": ["s3:Delete*", "s3:BypassGovernanceRetention"]})},
        bad=(
            ("policy", policy_of()),
            ("policy", policy_of({"Effect": "Allow", "Action": "s3:*"})),
        ),
        unknown=("policy",),
        within=VAULT,
    ),
    Case(
        rule="vault-writer-no-delete",
        kind=AWS_BUCKET_POLICY,
        good={"policy": policy_of({"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"]})},
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Action": "s3:*"})),
            (
                "policy",
                policy_of({"Sid": "a", "Effect": "Allow", "Action": ["s3:PutObject", "s3:deleteobjectversion"]}),
            ),
        ),
        unknown=("policy",),
        within=VAULT,
    ),
    Case(
        rule="vault-key-kept",
        kind=KMS_KEY,
        good={"enableKeyRotation": True, "deletionWindowInDays": 30},
        bad=(
            ("deletionWindowInDays", 7),
            ("enableKeyRotation", False),
        ),
        unknown=(
            "enableKeyRotation",
            "deletionWindowInDays",
        ),
        within=VAULT,
    ),
    Case(
        rule="vault-encrypted-by-key",
        kind=AWS_ENCRYPTION,
        good={
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": "arn:aws:kms:us-east-1:1:key/x",
                    }
                }
            ]
        },
        bad=(
            ("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "AES256"),
            ("rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", DELETED),
        ),
        unknown=("rules",),
        within=VAULT,
    ),
    Case(
        rule="vault-owner-enforced",
        kind=AWS_OWNERSHIP,
        good={"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        bad=(
            ("rule.objectOwnership", "ObjectWriter"),
            ("rule", DELETED),
        ),
        unknown=("rule",),
        within=VAULT,
    ),
    Case(
        rule="backup-vault-lock-compliance",
        kind=BACKUP_LOCK,
        good={"backupVaultName": "v", "changeableForDays": 3, "minRetentionDays": 35},
        bad=(
            ("changeableForDays", DELETED),
            ("minRetentionDays", 7),
        ),
        unknown=(
            "changeableForDays",
            "minRetentionDays",
        ),
    ),
    Case(
        rule="backup-vault-cmk",
        kind=BACKUP_VAULT,
        good={"kmsKeyArn": "arn:aws:kms:x"},
        bad=(("kmsKeyArn", DELETED),),
        unknown=("kmsKeyArn",),
    ),
    Case(
        rule="backup-vault-deny-delete",
        kind=BACKUP_POLICY,
        good={
            "policy": policy_of(
                {
                    "Effect": "Deny",
                    "Action": ["backup:DeleteRecoveryPoint", "backup:Update*", "backup:PutBackupVaultAccessPolicy"],
                }
            )
        },
        bad=(("policy", policy_of()),),
        unknown=("policy",),
    ),
    Case(
        rule="backup-plan-copies",
        kind=BACKUP_PLAN,
        good={"rules": [{"copyActions": [{"destinationVaultArn": "arn:x"}]}]},
        bad=(
            ("rules.0.copyActions", []),
            ("rules.0.copyActions", DELETED),
        ),
        unknown=(
            "rules",
            "rules.0.copyActions",
        ),
    ),
    Case(
        rule="backup-plan-retention",
        kind=BACKUP_PLAN,
        good={"rules": [{"lifecycle": {"deleteAfter": 35}}]},
        bad=(("rules.0.lifecycle.deleteAfter", 7),),
        unknown=("rules",),
    ),
    Case(
        rule="vault-provider-apart",
        kind=OWN_BUCKET,
        good={"profile": "vault"},
        bad=(("profile", ""),),
        unknown=("profile",),
        within=VAULT,
    ),
    Case(
        rule="vault-provider-apart",
        kind=AWS_BUCKET,
        good={"bucket": "x"},
        bad=(),
        unknown=(),
        within=VAULT,
        provider={"profile": "vault"},
    ),
    Case(rule="stack-stateful-kept", kind=LUSTRE, good={}, bad=(), unknown=()),
)
