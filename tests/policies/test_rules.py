"""Each rule as a function: what it lets through, and what it names."""

import json
from collections.abc import Callable, Mapping

import pytest

from policies.resource import PolicyResource
from policies.rules.data import bucket_closed
from policies.rules.vault import lock_compliance
from policies.rules.workload import gpu_limits, image_digest, plain_secret
from tests.policies.judged import violations

DIGEST = "localhost/image@sha256:" + "0" * 64
VAULT_URN = "urn:pulumi:lab.vault::aifactory::aifactory:vault:VaultBucket$aifactory:object_store:Bucket::vault-bucket"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
WORKFLOW = "kubernetes:argoproj.io/v1alpha1:Workflow"


Values = Mapping[str, object]
Make = Callable[[Values], PolicyResource]


def deployment(container: Values, **pod: object) -> PolicyResource:
    spec = {"template": {"spec": {"containers": [{"name": "main", "image": DIGEST, **container}], **pod}}}
    return PolicyResource(kind=DEPLOYMENT, props={"kind": "Deployment", "spec": spec})


def workflow(container: Values) -> PolicyResource:
    job = {"template": {"spec": {"containers": [{"name": "main", "image": DIGEST, **container}]}}}
    made = {"kind": "JobSet", "spec": {"replicatedJobs": [{"name": "worker", "template": {"spec": job}}]}}
    templates = [{"name": "train", "resource": {"manifest": json.dumps(made)}}]
    return PolicyResource(kind=WORKFLOW, props={"kind": "Workflow", "spec": {"templates": templates}})


def test_a_vault_bucket_without_lock_is_named() -> None:
    good = {"objectLock": True, "defaultRetentionDays": 1}
    bucket = "aifactory:object_store:Bucket"
    assert (
        list(violations(lock_compliance.RULE, PolicyResource(kind=bucket, urn=VAULT_URN, props=good, protected=True)))
        == []
    )
    open_one = PolicyResource(kind=bucket, urn=VAULT_URN, props={**good, "objectLock": False}, protected=True)
    assert "objectLock" in next(violations(lock_compliance.RULE, open_one))
    assert "protected" in next(violations(lock_compliance.RULE, PolicyResource(kind=bucket, urn=VAULT_URN, props=good)))
    # A bucket that is no vault's needs no lock.
    assert (
        list(violations(lock_compliance.RULE, PolicyResource(kind=bucket, urn="urn:pulumi:a::b::c::d", props={}))) == []
    )


def test_governance_mode_is_named() -> None:
    urn = "urn:pulumi:aws.vault::aifactory::aifactory:vault:VaultBucket$aws:s3/x::lock"
    rule = {"rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}}
    assert "GOVERNANCE" in next(
        violations(lock_compliance.RULE, PolicyResource(kind=lock_compliance.AWS_LOCK, urn=urn, props=rule))
    )


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["1", "*"]}])
def test_a_policy_for_everyone_is_named(principal: object) -> None:
    statement = {"Sid": "Read", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject"}
    props = {"policy": json.dumps({"Statement": [statement]})}
    assert "Read" in next(
        violations(bucket_closed.RULE, PolicyResource(kind="aifactory:object_store:Bucket", props=props))
    )
    denied = {"policy": json.dumps({"Statement": {**statement, "Effect": "Deny"}})}
    assert (
        list(violations(bucket_closed.RULE, PolicyResource(kind="aifactory:object_store:Bucket", props=denied))) == []
    )


def test_a_public_acl_and_a_lifted_block_are_named() -> None:
    assert list(
        violations(bucket_closed.RULE, PolicyResource(kind="aws:s3/bucketAcl:BucketAcl", props={"acl": "public-read"}))
    )
    blocks: dict[str, object] = dict.fromkeys(bucket_closed.BLOCKS, True)
    assert list(violations(bucket_closed.RULE, PolicyResource(kind=bucket_closed.BLOCK, props=blocks))) == []
    lifted = {**blocks, "blockPublicPolicy": False}
    assert "blockPublicPolicy" in next(
        violations(bucket_closed.RULE, PolicyResource(kind=bucket_closed.BLOCK, props=lifted))
    )


@pytest.mark.parametrize("make", [deployment, workflow])
def test_an_image_by_tag_is_named(make: Make) -> None:
    assert list(violations(image_digest.RULE, make({}))) == []
    assert "latest" in next(violations(image_digest.RULE, make({"image": "image:latest"})))


def test_a_gpu_workload_has_limits_and_a_pool() -> None:
    whole = {"resources": {"limits": {"nvidia.com/gpu": "1", "cpu": "1", "memory": "1Gi"}}}
    placed = {"aifactory/pool": "gpu"}
    assert list(violations(gpu_limits.RULE, deployment(whole, nodeSelector=placed))) == []
    assert "aifactory/pool" in next(violations(gpu_limits.RULE, deployment(whole)))
    bare = {"resources": {"limits": {"nvidia.com/gpu": "1"}}}
    assert len(list(violations(gpu_limits.RULE, deployment(bare, nodeSelector=placed)))) == 2
    assert list(violations(gpu_limits.RULE, deployment({}))) == []


@pytest.mark.parametrize("name", ["DB_PASSWORD", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "openai_api_key"])
@pytest.mark.parametrize("make", [deployment, workflow])
def test_a_secret_in_the_environment_is_named_and_not_shown(make: Make, name: str) -> None:
    output = list(violations(plain_secret.RULE, make({"env": [{"name": name, "value": "hunter2"}]})))
    assert len(output) == 1
    assert name in output[0]
    assert "hunter2" not in output[0]


@pytest.mark.parametrize("name", ["SIGNING_KEY_FILE", "AWS_SHARED_CREDENTIALS_FILE", "MAX_TOKENS", "KEYS"])
def test_what_only_points_to_a_secret_is_none(name: str) -> None:
    assert list(violations(plain_secret.RULE, deployment({"env": [{"name": name, "value": "/etc/secret"}]}))) == []


def test_a_secret_is_known_by_its_form() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nabc"
    assert list(violations(plain_secret.RULE, deployment({"env": [{"name": "DATA", "value": pem}]})))
