"""Cases of the pack data."""

from policies.types import (
    AWS_BUCKET_POLICY,
    AWS_ENCRYPTION,
    AWS_LIFECYCLE,
    AWS_OWNERSHIP,
    AWS_VERSIONING,
    ECR,
    ECR_POLICY,
    EFS,
    EFS_ACCESS_POINT,
    FILESYSTEM,
    K8S_STORAGE_CLASS,
    K8S_VOLUME,
    KMS_KEY,
    KMS_POLICY,
    LOG_GROUP,
    LUSTRE,
    TOPIC,
    VOLUME,
)
from tests.policies.case import DELETED, Case, policy_of

CASES: tuple[Case, ...] = (
    Case(
        rule="storage-no-public-bucket",
        kind=AWS_BUCKET_POLICY,
        good={
            "policy": policy_of(
                {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "s3:GetObject"}
            )
        },
        bad=(("policy", policy_of({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"})),),
        unknown=("policy",),
    ),
    Case(
        rule="s3-bucket-tls",
        kind=AWS_BUCKET_POLICY,
        good={
            "policy": policy_of(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            )
        },
        bad=(("policy", policy_of()),),
        unknown=("policy",),
    ),
    Case(
        rule="s3-bucket-versioned",
        kind=AWS_VERSIONING,
        good={"versioningConfiguration": {"status": "Enabled"}},
        bad=(("versioningConfiguration.status", "Suspended"),),
        unknown=("versioningConfiguration",),
    ),
    Case(
        rule="s3-bucket-cmk",
        kind=AWS_ENCRYPTION,
        good={
            "rules": [
                {
                    "bucketKeyEnabled": True,
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": "arn:aws:kms:x",
                    },
                }
            ]
        },
        bad=(
            ("rules.0.bucketKeyEnabled", False),
            ("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "AES256"),
        ),
        unknown=("rules",),
    ),
    Case(
        rule="s3-bucket-owner-enforced",
        kind=AWS_OWNERSHIP,
        good={"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        bad=(("rule.objectOwnership", "BucketOwnerPreferred"),),
        unknown=("rule",),
    ),
    Case(
        rule="s3-bucket-uploads-end",
        kind=AWS_LIFECYCLE,
        good={"rules": [{"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}]},
        bad=(
            ("rules", []),
            ("rules.0.abortIncompleteMultipartUpload", DELETED),
        ),
        unknown=("rules",),
    ),
    Case(
        rule="data-class-tagged",
        kind=LUSTRE,
        good={"tags": {"owner": "ml", "data-class": "internal"}},
        bad=(
            ("tags", DELETED),
            ("tags", {"owner": "x"}),
        ),
        unknown=("tags",),
    ),
    Case(
        rule="fsx-lustre-persistent",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(
            ("deploymentType", "SCRATCH_2"),
            ("deploymentType", DELETED),
        ),
        unknown=("deploymentType",),
    ),
    Case(
        rule="fsx-lustre-cmk",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(("kmsKeyId", DELETED),),
        unknown=("kmsKeyId",),
    ),
    Case(
        rule="fsx-lustre-vaulted",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(
            ("automaticBackupRetentionDays", 0),
            ("automaticBackupRetentionDays", DELETED),
        ),
        unknown=("automaticBackupRetentionDays",),
    ),
    Case(
        rule="fsx-lustre-final-backup",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(("skipFinalBackup", True),),
        unknown=("skipFinalBackup",),
    ),
    Case(
        rule="fsx-lustre-backups-tagged",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(("copyTagsToBackups", False),),
        unknown=("copyTagsToBackups",),
    ),
    Case(
        rule="fsx-lustre-logged",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(
            ("logConfiguration", DELETED),
            ("logConfiguration.level", "DISABLED"),
        ),
        unknown=("logConfiguration",),
    ),
    Case(
        rule="fsx-lustre-root-squash",
        kind=LUSTRE,
        good={
            "deploymentType": "PERSISTENT_2",
            "kmsKeyId": "arn:x",
            "automaticBackupRetentionDays": 7,
            "skipFinalBackup": False,
            "copyTagsToBackups": True,
            "logConfiguration": {"level": "WARN_ERROR", "destination": "arn:x"},
            "rootSquashConfiguration": {"rootSquash": "65534:65534"},
            "weeklyMaintenanceStartTime": "7:03:00",
        },
        bad=(
            ("rootSquashConfiguration", DELETED),
            ("rootSquashConfiguration.rootSquash", "0:0"),
        ),
        unknown=("rootSquashConfiguration",),
    ),
    Case(
        rule="filesystem-backups-declared",
        kind=FILESYSTEM,
        good={"size_gib": 4800, "lustre": {"throughput": 250, "automatic_backup_retention_days": 7}},
        bad=(
            ("lustre.automatic_backup_retention_days", 0),
            ("lustre.automatic_backup_retention_days", DELETED),
        ),
        unknown=("lustre",),
    ),
    Case(
        rule="efs-encrypted",
        kind=EFS,
        good={"encrypted": True, "kmsKeyId": "arn:x"},
        bad=(
            ("encrypted", False),
            ("kmsKeyId", DELETED),
        ),
        unknown=(
            "encrypted",
            "kmsKeyId",
        ),
    ),
    Case(
        rule="efs-access-point-user",
        kind=EFS_ACCESS_POINT,
        good={"posixUser": {"uid": 65532, "gid": 65532}, "rootDirectory": {"path": "/shared"}},
        bad=(
            ("posixUser", DELETED),
            ("posixUser.uid", 0),
            ("rootDirectory.path", "/"),
        ),
        unknown=("posixUser",),
    ),
    Case(
        rule="ebs-volume-encrypted",
        kind=VOLUME,
        good={"encrypted": True},
        bad=(
            ("encrypted", False),
            ("encrypted", DELETED),
        ),
        unknown=("encrypted",),
    ),
    Case(
        rule="ecr-tags-immutable",
        kind=ECR,
        good={
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS"}],
        },
        bad=(
            ("imageTagMutability", "MUTABLE"),
            ("imageTagMutability", DELETED),
        ),
        unknown=("imageTagMutability",),
    ),
    Case(
        rule="ecr-scanned",
        kind=ECR,
        good={
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS"}],
        },
        bad=(
            ("imageScanningConfiguration", DELETED),
            ("imageScanningConfiguration.scanOnPush", False),
        ),
        unknown=("imageScanningConfiguration",),
    ),
    Case(
        rule="ecr-encrypted",
        kind=ECR,
        good={
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS"}],
        },
        bad=(
            ("encryptionConfigurations", DELETED),
            ("encryptionConfigurations.0.encryptionType", "AES256"),
        ),
        unknown=("encryptionConfigurations",),
    ),
    Case(
        rule="ecr-never-force-deleted",
        kind=ECR,
        good={
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS"}],
        },
        bad=(("forceDelete", True),),
        unknown=("forceDelete",),
    ),
    Case(
        rule="ecr-not-public",
        kind=ECR_POLICY,
        good={
            "policy": policy_of(
                {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:BatchGetImage"}
            )
        },
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"})),
            ("policy", policy_of({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "ecr:*"})),
        ),
        unknown=("policy",),
    ),
    Case(
        rule="kms-key-rotated",
        kind=KMS_KEY,
        good={"enableKeyRotation": True, "deletionWindowInDays": 30},
        bad=(
            ("enableKeyRotation", DELETED),
            ("deletionWindowInDays", 7),
            ("isEnabled", False),
        ),
        unknown=(
            "enableKeyRotation",
            "deletionWindowInDays",
        ),
    ),
    Case(
        rule="kms-key-policy-bounded",
        kind=KMS_POLICY,
        good={
            "policy": policy_of(
                {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "kms:*", "Resource": "*"}
            )
        },
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Principal": "*", "Action": "kms:*"})),
            ("bypassPolicyLockoutSafetyCheck", True),
        ),
        unknown=("policy",),
    ),
    Case(
        rule="cloudwatch-log-retention",
        kind=LOG_GROUP,
        good={"retentionInDays": 365},
        bad=(
            ("retentionInDays", DELETED),
            ("retentionInDays", 0),
        ),
        unknown=("retentionInDays",),
    ),
    Case(
        rule="cloudwatch-log-kept",
        kind=LOG_GROUP,
        good={"retentionInDays": 365},
        bad=(("retentionInDays", 30),),
        unknown=("retentionInDays",),
    ),
    Case(
        rule="sns-topic-encrypted",
        kind=TOPIC,
        good={"kmsMasterKeyId": "alias/aws/sns"},
        bad=(("kmsMasterKeyId", DELETED),),
        unknown=("kmsMasterKeyId",),
    ),
    Case(
        rule="k8s-volume-retained",
        kind=K8S_VOLUME,
        good={"spec": {"persistentVolumeReclaimPolicy": "Retain"}},
        bad=(
            ("spec.persistentVolumeReclaimPolicy", "Delete"),
            ("spec.persistentVolumeReclaimPolicy", "Recycle"),
        ),
        unknown=("spec",),
    ),
    Case(
        rule="k8s-storage-class-encrypted",
        kind=K8S_STORAGE_CLASS,
        good={"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}},
        bad=(
            ("parameters.encrypted", "false"),
            ("parameters", DELETED),
        ),
        unknown=("parameters",),
    ),
    Case(
        rule="kms-key-lockout-checked",
        kind=KMS_KEY,
        good={"enableKeyRotation": True},
        bad=(("bypassPolicyLockoutSafetyCheck", True),),
        unknown=("bypassPolicyLockoutSafetyCheck",),
    ),
)
