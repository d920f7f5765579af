"""How pods reach the stores of AWS without a key: the service account of each, and the policy of its role.

EKS Pod Identity gives every pod of a service account one role (EKS user guide, "Learn how EKS Pod Identity grants pods
access to AWS services"), so pods that may do different things run under different accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from components.object_store.policies import DECRYPT, ENCRYPT, Statement, document
from components.object_store.roles import (
    COPIES,
    LOGS,
    OBJECTS_ROLES,
    SERVING,
    STAGES,
    VAULT_ROLES,
    Role,
    role_statements,
)

RUNNER = "run"
"""The account of Argo's executor, and so of every stage on one pod that has none of its own."""
STAGE = "stage"
"""The account of the pods of a stage on several."""
PROTECT = "protect"
"""The account of the stage that copies to the vault and off site."""
SERVER = "serving"
"""The account of the model's pod: its fetcher reads the objects, its gateway writes the record to both vaults."""
ACCEPT = "accept"
"""The account of the acceptance test, which puts its record into the vault."""

OBJECTS, VAULT, OFFSITE = "objects", "vault", "offsite"
"""The stores, as pods name their profiles."""
SERVICE_ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    RUNNER: {OBJECTS: STAGES},
    STAGE: {OBJECTS: STAGES},
    PROTECT: {OBJECTS: STAGES, VAULT: COPIES, OFFSITE: COPIES},
    ACCEPT: {VAULT: COPIES},
    SERVER: {OBJECTS: SERVING, VAULT: LOGS, OFFSITE: LOGS},
}
"""Service account -> store -> the role that its pods have there."""
_ROLES: Mapping[str, Role] = {**OBJECTS_ROLES, **VAULT_ROLES}


@dataclass(frozen=True, kw_only=True, slots=True)
class EncryptedBucket:
    """A bucket of AWS."""

    bucket: str
    key_arn: str
    """ARN of the key that encrypts it; it says in which partition and region the bucket is."""
    role_arn: str = ""
    """A role that pods take to reach it; "" where it admits their own role."""


def identity_policy(service_account: str, stores: Mapping[str, EncryptedBucket]) -> str:
    """The policy (JSON) of the role of a service account: its calls on each of its stores, and on their keys through S3
    alone; where a store is reached by a role, only to take it.

    A store of another account has to admit the role as well (`writers` of a vault bucket); a role that is taken has to
    trust it with `sts:AssumeRole` and `sts:TagSession`.
    """
    statements: list[Statement] = []
    for store, role in SERVICE_ACCOUNTS[service_account].items():
        statements += _statements(stores[store], _ROLES[role])
    return document(statements)


def _statements(store: EncryptedBucket, role: Role) -> list[Statement]:
    if store.role_arn:
        # The tags of a pod's session go with it to every role that it takes (EKS user guide, "Grant Pods access to AWS
        # resources based on tags"): without the right to pass them, the role is refused.
        return [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": [store.role_arn]}]
    _, partition, _, region, *_ = store.key_arn.split(":")
    return [
        *role_statements(f"arn:{partition}:s3:::{store.bucket}", role),
        {
            "Effect": "Allow",
            "Action": list(ENCRYPT if "PutObject" in role.on_objects else DECRYPT),
            "Resource": [store.key_arn],
            "Condition": {"StringLike": {"kms:ViaService": f"s3.{region}.*"}},
        },
    ]
