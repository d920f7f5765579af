"""The policies of pods' roles: what each service account may do at which store, as IAM takes them."""

import json
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from components.container_registry.component import pull_through_policy, template_policy
from components.container_registry.spec import PullThrough
from components.karpenter_controller import spec as karpenter
from components.object_store.identity import (
    ACCEPT,
    OBJECTS,
    OFFSITE,
    PROTECT,
    RUNNER,
    SERVER,
    SERVICE_ACCOUNTS,
    STAGE,
    VAULT,
    EncryptedBucket,
    identity_policy,
)
from host.documents import mapping, sequence
from tests.local_moto import local_moto

STORES = {
    store: EncryptedBucket(
        bucket=f"the-{store}", key_arn=f"arn:aws-us-gov:kms:us-gov-west-1:22222222222{index}:key/{store}"
    )
    for index, store in enumerate((OBJECTS, VAULT, OFFSITE))
}


@pytest.mark.parametrize(
    ("account", "reached"),
    [
        (RUNNER, {OBJECTS}),
        (STAGE, {OBJECTS}),
        (PROTECT, {OBJECTS, VAULT, OFFSITE}),
        (SERVER, {OBJECTS, VAULT, OFFSITE}),
        (ACCEPT, {VAULT}),
    ],
)
def test_a_service_account_reaches_its_stores_and_their_keys_alone(account: str, reached: set[str]) -> None:
    """B5: what the role of a pod may do, in the partition of its stores."""
    assert set(SERVICE_ACCOUNTS[account]) == reached
    text = identity_policy(account, STORES)
    assert "arn:aws:" not in text
    found = [mapping(one) for one in sequence(mapping(json.loads(text))["Statement"])]
    resources = {str(resource) for one in found for resource in sequence(one["Resource"])}
    assert {store for store in STORES if any(f"the-{store}" in resource for resource in resources)} == reached
    keys = [one for one in found if "kms:ViaService" in str(one.get("Condition"))]
    assert {str(sequence(one["Resource"])[0]) for one in keys} == {STORES[store].key_arn for store in reached}
    # IAM user guide, "IAM and AWS STS quotas": 10,240 characters of inline policies a role.
    assert len(text.replace(" ", "")) <= 10240


def test_a_model_is_fetched_without_the_right_to_encrypt() -> None:
    found = [mapping(one) for one in sequence(mapping(json.loads(identity_policy(SERVER, STORES)))["Statement"])]
    (reading,) = [one for one in found if one["Resource"] == [STORES[OBJECTS].key_arn]]
    assert reading["Action"] == ["kms:Decrypt"]


def test_a_store_that_is_reached_by_a_role_is_reached_by_nothing_else() -> None:
    """Pod Identity's session tags are passed on: without TagSession the second role is refused."""
    role = "arn:aws:iam::222222222222:role/vault-writer"
    stores = {**STORES, VAULT: EncryptedBucket(bucket="the-vault", key_arn=STORES[VAULT].key_arn, role_arn=role)}
    text = identity_policy(PROTECT, stores)
    found = [mapping(one) for one in sequence(mapping(json.loads(text))["Statement"])]
    (taking,) = [one for one in found if one["Resource"] == [role]]
    assert taking["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert "the-vault" not in text


def test_iam_takes_the_policies_of_pods_and_of_nodes() -> None:
    """moto's IAM checks the grammar of a policy as AWS does: MalformedPolicyDocument."""
    texts = {account: identity_policy(account, STORES) for account in SERVICE_ACCOUNTS}
    repository = "arn:aws:ecr:eu-central-1:123456789012:repository/factory"
    rule = PullThrough(prefix="k8s", upstream="registry.k8s.io", secret_arn="", role_arn="")
    texts |= {
        "nodes": pull_through_policy(repository, (rule,)),
        **{
            f"karpenter-{policy.__name__}": policy("aws-platform-cluster", "eu-central-1")
            for policy in (karpenter.nodes_policy, karpenter.profiles_policy, karpenter.facts_policy)
        },
        "template": template_policy(STORES[OBJECTS].key_arn),
    }
    with local_moto() as aws:
        iam = boto3.client(
            "iam", region_name="us-east-1", endpoint_url=aws, aws_access_key_id="a", aws_secret_access_key="b"
        )
        for name, text in texts.items():
            iam.create_policy(PolicyName=f"{name}-{uuid4().hex[:8]}", PolicyDocument=text)
        with pytest.raises(ClientError, match="MalformedPolicyDocument"):
            iam.create_policy(PolicyName="wrong", PolicyDocument=texts["nodes"].replace('"Allow"', '"May"'))
