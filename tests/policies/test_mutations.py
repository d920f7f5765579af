"""Our own sites, broken in one place each: the rule that is for it says so, and none did before."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from policies import types
from policies.pack import RULES
from policies.resource import PolicyResource, Stack, Values
from policies.rule import ResourceRule, Violation
from stacks.names import LAYERS
from stacks.settings import StackName
from tests.policies.case import Case, changed
from tests.policies.judged import violations
from tests.policies.test_cases import CASES
from tests.policies.test_examples import complete, judged, moto, project, resources

__all__ = ["moto", "project"]

NOT_OURS = {
    # No example has a resource of these rules: backups, queues, volumes, topics and users are others'.
    *("backup-vault-lock-compliance", "backup-vault-cmk", "backup-vault-deny-delete", "backup-plan-copies"),
    *("backup-plan-retention", "ebs-volume-encrypted", "sns-topic-encrypted", "ecr-not-public", "iam-no-access-key"),
    *("iam-no-user", "k8s-storage-class-encrypted", "k8s-network-policy-not-open", "k8s-budget-lets-drain"),
    *("k8s-role-no-pods-beyond", "pipeline-cron-no-overlap"),
    # Their instance types have NVMe.
    "gpu-pool-root-volume",
    # Text inside of a text: see IN_RUN.
    *("train-checkpoint-durable", "train-jobset-restarts", "train-jobset-fails-whole", "pipeline-objects-owned"),
}
# Broken already, or not to be broken in the examples: advisory rules, and those that judge what a mock does not give.
BROKEN = {name for name, rule in RULES.items() if rule.advisory_because}

IN_RUN = (
    (r"\"maxRestarts\":2", r"\"maxRestarts\":99", "train-jobset-restarts"),
    (r"\"backoffLimit\":0", r"\"backoffLimit\":6", "train-jobset-fails-whole"),
    (r"\"restartPolicy\":\"Never\"", r"\"restartPolicy\":\"OnFailure\"", "train-jobset-fails-whole"),
    (r"\"value\":\"/shared/checkpoints\"", r"\"value\":\"/tmp/checkpoints\"", "train-checkpoint-durable"),
    ('"setOwnerReference": true', '"setOwnerReference": false', "pipeline-objects-owned"),
    ('"failureCondition": "status.terminalState == Failed", ', "", "pipeline-objects-owned"),
    (r"\"nvidia.com/gpu\":\"1\",", "", "gpu-pod-tolerates-pool"),
    (r"\"allowPrivilegeEscalation\":false", r"\"privileged\":true", "k8s-pod-unprivileged"),
    ('"allowPrivilegeEscalation": false', '"allowPrivilegeEscalation": true', "k8s-pod-unprivileged"),
    ("@sha256:", ":v1-", "workload-image-digest"),
)
"""What is replaced in the text of a run's Workflow, its replacement, and the rule that names it."""
WITHOUT = (
    ("platform", types.FLOW_LOG, "vpc-flow-log"),
    ("platform", types.DEFAULT_GROUP, "vpc-default-group-managed"),
    ("platform", types.ADDON, "gpu-fleet-watched"),
    ("platform", types.ADDON, "eks-cluster-has-monitor"),
    ("platform", types.INGRESS_RULE, "efa-pool-group-open-to-itself"),
    ("platform", types.EGRESS_RULE, "efa-pool-group-open-to-itself"),
    ("platform", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "s3-bucket-blocked"),
    ("platform", types.EFS_BACKUP, "efs-backed-up"),
    ("platform", types.ECR_LIFECYCLE, "ecr-images-end"),
)
"""Layer, the type of which every resource is taken away, and the rule that misses it."""


DECLARED: dict[str, list[PolicyResource]] = {}
"""What the examples declare, once: each takes seconds."""


@pytest.fixture
def sites(project: Path, moto: str) -> Mapping[str, list[PolicyResource]]:
    """Resources of the AWS example and of the one on premises, by layer."""
    for env in ("aws", "onprem"):
        if f"{env}.vault" not in DECLARED:
            complete(project, env, "production", moto)
            for layer in LAYERS:
                DECLARED[f"{env}.{layer}"] = judged(resources(StackName(env, layer)), f"{env}.{layer}")
    return DECLARED


def broken(rule: ResourceRule, case: Case, resource: PolicyResource) -> int:
    """How many of a case's changes a rule names in a resource that kept it."""
    if list(violations(rule, resource)):
        return 0
    return sum(1 for path, value in case.bad if names(rule, case, with_props(resource, mutated(resource, path, value))))


def names(rule: ResourceRule, case: Case, resource: PolicyResource) -> bool:
    return any(isinstance(one, Violation) for one in rule.check(resource, case.config))


def mutated(resource: PolicyResource, path: str, value: object) -> Values:
    try:
        return changed(resource.props, path, value)
    except (IndexError, AttributeError, TypeError, ValueError):
        # The example has another shape there.
        return resource.props


def with_props(resource: PolicyResource, props: Values) -> PolicyResource:
    return PolicyResource(
        kind=resource.kind, props=props, urn=resource.urn, protected=resource.protected, provider=resource.provider
    )


def test_each_site_broken_in_one_place_is_named_by_its_rule(sites: Mapping[str, list[PolicyResource]]) -> None:
    every = [resource for site in sites.values() for resource in site]
    caught: dict[str, int] = {}
    for case in CASES:
        rule = RULES[case.rule]
        assert isinstance(rule, ResourceRule)
        for resource in every:
            if rule.judges(resource.kind):
                caught[rule.id] = caught.get(rule.id, 0) + broken(rule, case, resource)
    missed = {case.rule for case in CASES} - {name for name, count in caught.items() if count} - NOT_OURS - BROKEN
    assert sorted(missed) == []
    assert sum(caught.values()) >= 300


@pytest.mark.parametrize(("layer", "kind", "name"), WITHOUT)
def test_what_is_taken_away_is_missed(
    layer: str, kind: str, name: str, sites: Mapping[str, list[PolicyResource]]
) -> None:
    whole = sites[f"aws.{layer}"]
    assert list(violations(RULES[name], Stack(tuple(whole)))) == []
    assert list(violations(RULES[name], Stack(tuple(one for one in whole if one.kind != kind))))


@pytest.mark.parametrize(("old", "new", "name"), IN_RUN)
def test_a_run_broken_inside_of_its_manifests_is_named(
    old: str, new: str, name: str, sites: Mapping[str, list[PolicyResource]]
) -> None:
    (run,) = (one for one in sites["aws.workloads"] if one.kind == types.WORKFLOW)
    written = json.dumps(run.props)
    assert old in written
    assert list(violations(RULES[name], run)) == []
    assert list(violations(RULES[name], with_props(run, json.loads(written.replace(old, new)))))


def test_one_vault_of_two_taken_away_is_missed(sites: Mapping[str, list[PolicyResource]]) -> None:
    vaults = [one for one in sites["aws.vault"] if one.kind == types.VAULT]
    for name in ("stack-protection-copies", "stack-protection-offsite"):
        assert list(violations(RULES[name], Stack(tuple(vaults)))) == []
    assert list(violations(RULES["stack-protection-copies"], Stack(tuple(vaults[:1]))))
    assert list(violations(RULES["stack-protection-offsite"], Stack((vaults[0], vaults[0]))))
