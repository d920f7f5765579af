"""The rights of pods' accounts: what each policy holds, and what no policy may."""

import json
from collections.abc import Mapping

import pytest

from components.object_store.roles import (
    COPIES,
    LOGS,
    OBJECTS_ROLES,
    SERVING,
    STAGES,
    VAULT_ROLES,
    Role,
    account_name,
    policy_document,
    secret_of,
)
from components.object_store.spec import ObjectStoreSpec
from components.vault.spec import VaultBucketSpec
from components.violations import SpecError
from host.documents import mapping, sequence

ROLES: Mapping[str, Role] = {**OBJECTS_ROLES, **VAULT_ROLES}
READS = {"s3:GetObject", "s3:GetObjectVersion"}
WRITES = {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"}
LOCKS = {"s3:GetObjectRetention", "s3:PutObjectRetention"}


def allowed(role: str, effect: str = "Allow") -> dict[str, set[str]]:
    """Resource -> the calls of a role's policy on the bucket `b`."""
    found: dict[str, set[str]] = {}
    for statement in map(mapping, sequence(mapping(json.loads(policy_document("b", ROLES[role])))["Statement"])):
        if statement["Effect"] == effect:
            for resource in sequence(statement["Resource"]):
                found.setdefault(str(resource), set()).update(map(str, sequence(statement["Action"])))
    return found


@pytest.mark.parametrize(
    ("role", "prefix", "calls"),
    [
        (STAGES, "", READS | WRITES),
        (SERVING, "", READS),
        (COPIES, "", READS | WRITES | LOCKS),
        (LOGS, "inference-logs/", READS | WRITES | LOCKS),
    ],
)
def test_a_role_has_these_calls_alone(role: str, prefix: str, calls: set[str]) -> None:
    assert allowed(role) == {f"arn:aws:s3:::b/{prefix}*": calls, "arn:aws:s3:::b": {"s3:ListBucket"}}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_deletes_nor_changes_a_bucket(role: str) -> None:
    for call in set[str]().union(*allowed(role).values()):
        assert "*" not in call
        assert not any(word in call for word in ("Delete", "Bypass", "PutBucket", "LegalHold", "Policy", "Tagging"))


@pytest.mark.parametrize("role", ROLES)
def test_a_contract_is_no_pods(role: str) -> None:
    assert allowed(role, "Deny")["arn:aws:s3:::b/contracts/*"] == {"s3:*"}


@pytest.mark.parametrize("role", ROLES)
def test_only_who_locks_is_denied_weak_locks(role: str) -> None:
    denied = allowed(role, "Deny").get("arn:aws:s3:::b/*", set())
    assert denied == ({"s3:PutObjectRetention"} if role in VAULT_ROLES else set())


def test_each_store_and_role_has_a_secret_of_its_own_that_stays() -> None:
    key = "0" * 64
    secrets = {secret_of(key, store, role) for store in ("objects", "vault", "offsite") for role in ROLES}
    assert len(secrets) == 3 * len(ROLES)
    assert all(len(secret) == 40 and key not in secret for secret in secrets)
    assert secret_of(key, "vault", COPIES) == secret_of(key, "vault", COPIES)
    assert secret_of("1" * 64, "vault", COPIES) not in secrets
    assert account_name("the-vault", COPIES) == "the-vault.copies"


def test_accounts_on_aws_are_refused_with_what_to_do() -> None:
    with pytest.raises(SpecError, match=r"accounts = 'stages': .*MinIO's admin API.*name the store's endpoint"):
        ObjectStoreSpec.parse({"bucket": "objects", "accounts": {STAGES: "0" * 40}})
    with pytest.raises(SpecError, match="accounts = 'copies'"):
        VaultBucketSpec.parse({"bucket": "vault", "retention_days": 1, "accounts": {COPIES: "0" * 40}})


def test_a_role_of_the_other_bucket_is_refused_and_no_secret_is_said() -> None:
    with pytest.raises(SpecError, match="the roles of this bucket are stages, serving") as caught:
        ObjectStoreSpec.parse({"bucket": "objects", "endpoint": "http://s:9000", "accounts": {COPIES: "hunter2"}})
    assert "hunter2" not in str(caught.value)
