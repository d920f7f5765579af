"""Policies of a bucket of AWS and of its key, as plain JSON."""

import json
from collections.abc import Mapping, Sequence

from components.object_store.roles import CONTRACTS, READ, Role, actions
from components.principals import admitted

Statement = Mapping[str, object]
# What S3 asks of KMS in the name of who reads, and of who writes. An upload in parts decrypts too
# (S3 user guide, "Protecting data with SSE-KMS", permissions).
DECRYPT = ("kms:Decrypt",)
ENCRYPT = ("kms:Decrypt", "kms:GenerateDataKey")
# What no writer of a vault may do, also where its own account's policies would let it.
REMOVALS = ("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion")


def document(statements: Sequence[Statement]) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def tls_only(arn: str) -> Statement:
    """Denies every call to a bucket that is not over TLS."""
    return {
        "Sid": "EncryptedTransportOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def own_contracts(arn: str, key_arn: str) -> Statement:
    """Keeps the contracts of layers to the bucket's own account, which is its key's: they may hold what no reader
    should know.
    """
    return {
        "Sid": "ContractsOfThisAccount",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"{arn}/{CONTRACTS}*"],
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": key_arn.split(":")[4]}},
    }


def objects_policy(arn: str, key_arn: str, readers: Sequence[str]) -> str:
    """Policy of an object store's bucket: TLS alone; `readers` read every object but the contracts of layers."""
    return document(
        [
            tls_only(arn),
            own_contracts(arn, key_arn),
            *(
                {"Effect": "Allow", **who, "Action": actions(READ), "Resource": [f"{arn}/*"]}
                for who in admitted(readers)
            ),
            *({"Effect": "Allow", **who, "Action": ["s3:ListBucket"], "Resource": [arn]} for who in admitted(readers)),
        ]
    )


def vault_policy(arn: str, key_arn: str, writers: Mapping[str, Sequence[str]], roles: Mapping[str, Role]) -> str:
    """Policy of a vault's bucket: TLS alone, no lock weaker than COMPLIANCE; `writers` (role of pods -> ARNs) put and
    lock objects where their role does, and remove none, also where the vault's account is theirs.
    """
    every = tuple(dict.fromkeys(arn for arns in writers.values() for arn in arns))
    statements: list[Statement] = [
        tls_only(arn),
        own_contracts(arn, key_arn),
        {
            "Sid": "ComplianceOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:PutObject", "s3:PutObjectRetention"],
            "Resource": [f"{arn}/*"],
            "Condition": {"StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}},
        },
    ]
    for role, arns in writers.items():
        for who in admitted(arns):
            statements += [
                {
                    "Effect": "Allow",
                    **who,
                    "Action": actions(roles[role].on_objects),
                    "Resource": [f"{arn}/{roles[role].prefix}*"],
                },
                {"Effect": "Allow", **who, "Action": actions(roles[role].on_bucket), "Resource": [arn]},
            ]
    for who in admitted(every):
        statements += [
            {"Effect": "Deny", **who, "Action": list(REMOVALS), "Resource": [f"{arn}/*"]},
            {"Effect": "Deny", **who, "Action": ["s3:*"], "Resource": [f"{arn}/{CONTRACTS}*"]},
        ]
    return document(statements)


def key_policy(key_arn: str, principals: Sequence[str], calls: Sequence[str], *, lustre: bool) -> str:
    """Policy of a bucket's key: its own account rules it by IAM, `principals` of other accounts may make `calls`
    through S3, and with `lustre` so may FSx, which brings objects to a filesystem and back.
    """
    _, partition, _, region, account, _ = key_arn.split(":", 5)
    # Through S3 of this region alone; what follows its name is the domain of the partition.
    through_s3: dict[str, object] = {"StringLike": {"kms:ViaService": f"s3.{region}.*"}}
    statements: list[Statement] = [
        {
            "Sid": "Administration",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        *(
            {"Effect": "Allow", **who, "Action": list(calls), "Resource": "*"}
            for who in admitted(principals, through_s3)
        ),
    ]
    if lustre:
        # FSx for Lustre user guide, "Working with server-side encrypted Amazon S3 buckets": the service-linked role of
        # a filesystem's link has S3's permissions and none of KMS's, and its sessions are named FSx.
        statements.append(
            {
                "Sid": "LustreThroughS3",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"kms:CallerAccount": account},
                    "StringLike": {"kms:ViaService": f"s3.{region}.*", "aws:userid": "*:FSx"},
                },
            }
        )
    return document(statements)
