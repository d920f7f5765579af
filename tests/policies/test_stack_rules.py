"""Rules of whole stacks: what is missing, or wrong in several resources together."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from policies import types
from policies.pack import RULES
from policies.resource import UNKNOWN, PolicyResource, Stack
from policies.rule import StackRule
from tests.policies.judged import findings, undecided, violations

Declared = tuple[str, Mapping[str, object]]
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
NAMESPACE: Declared = (types.K8S_NAMESPACE, {"metadata": {"name": "factory"}})
IN_FACTORY: dict[str, object] = {"namespace": "factory"}
DENIED: dict[str, object] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
EFA: Declared = (types.LAUNCH_TEMPLATE, {"networkInterfaces": [{"interfaceType": "efa"}]})
GROUP: Declared = (types.SECURITY_GROUP, {})
SELF: dict[str, object] = {"ipProtocol": "-1", "securityGroupId": "sg-1", "referencedSecurityGroupId": "sg-1"}
MONITOR: Declared = (types.ADDON, {"addonName": "eks-node-monitoring-agent"})
QUEUED: dict[str, object] = {"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "gpu"}}}


def vault(endpoint: object = "https://a", profile: str = "vault") -> Declared:
    return types.VAULT, {"endpoint": endpoint, "profile": profile}


@dataclass(frozen=True, kw_only=True, slots=True)
class StackCase:
    """Resources that keep a rule, that break it, and that leave it undecided, where they can."""

    rule: str
    good: tuple[Declared, ...]
    bad: tuple[Declared, ...]
    unknown: tuple[Declared, ...] = ()


CASES = (
    StackCase(
        rule="ecr-images-end",
        good=((types.ECR, {"name": "a"}), (types.ECR_LIFECYCLE, {"repository": "a"})),
        bad=((types.ECR, {"name": "a"}), (types.ECR, {"name": "b"}), (types.ECR_LIFECYCLE, {"repository": UNKNOWN})),
        unknown=((types.ECR, {"name": "a"}), (types.ECR_LIFECYCLE, {"repository": UNKNOWN})),
    ),
    StackCase(rule="stack-protection-copies", good=(vault(), vault("https://b")), bad=(vault(),)),
    StackCase(
        rule="stack-protection-offsite",
        good=(vault(), vault("https://b")),
        bad=(vault(), vault()),
        unknown=(vault(), vault(UNKNOWN)),
    ),
    StackCase(rule="stack-vault-alone", good=(vault(),), bad=(vault(), (types.EKS_CLUSTER, {}))),
    StackCase(
        rule="backup-vault-locked",
        good=((types.BACKUP_VAULT, {"name": "v"}), (types.BACKUP_LOCK, {"backupVaultName": "v"})),
        bad=((types.BACKUP_VAULT, {"name": "v"}), (types.BACKUP_LOCK, {"backupVaultName": "w"})),
        unknown=((types.BACKUP_VAULT, {"name": "v"}), (types.BACKUP_LOCK, {"backupVaultName": UNKNOWN})),
    ),
    StackCase(
        rule="backup-restore-tested",
        good=((types.BACKUP_PLAN, {}), (types.RESTORE_TEST, {})),
        bad=((types.BACKUP_PLAN, {}),),
    ),
    StackCase(
        rule="backup-plan-selects",
        good=((types.BACKUP_PLAN, {}), (types.BACKUP_SELECTION, {})),
        bad=((types.BACKUP_PLAN, {}),),
    ),
    StackCase(
        rule="efa-pool-group-open-to-itself",
        good=(EFA, GROUP, (types.INGRESS_RULE, SELF), (types.EGRESS_RULE, SELF)),
        bad=(EFA, GROUP, (types.INGRESS_RULE, SELF)),
        unknown=(
            *(EFA, GROUP, (types.INGRESS_RULE, {**SELF, "securityGroupId": UNKNOWN})),
            (types.EGRESS_RULE, {**SELF, "securityGroupId": UNKNOWN}),
        ),
    ),
    StackCase(
        rule="gpu-fleet-watched",
        good=((types.GPU_POOL, {}), MONITOR),
        bad=((types.GPU_POOL, {}), (types.ADDON, {"addonName": "coredns"})),
        unknown=((types.GPU_POOL, {}), (types.ADDON, {"addonName": UNKNOWN})),
    ),
    StackCase(
        rule="eks-cluster-has-monitor",
        good=((types.NODE_GROUP, {}), MONITOR),
        bad=((types.NODE_GROUP, {}),),
        unknown=((types.NODE_GROUP, {}), (types.ADDON, {"addonName": UNKNOWN})),
    ),
    StackCase(
        rule="kueue-queue-named",
        good=((types.CLUSTER_QUEUE, {}), (types.JOB_SET, QUEUED)),
        bad=((types.CLUSTER_QUEUE, {}), (types.JOB_SET, {"metadata": {}})),
        unknown=((types.CLUSTER_QUEUE, {}), (types.JOB_SET, {"metadata": UNKNOWN})),
    ),
    StackCase(
        rule="vpc-default-group-managed", good=((types.VPC, {}), (types.DEFAULT_GROUP, {})), bad=((types.VPC, {}),)
    ),
    StackCase(rule="vpc-flow-log", good=((types.VPC, {}), (types.FLOW_LOG, {})), bad=((types.VPC, {}),)),
    StackCase(
        rule="k8s-namespace-default-deny",
        good=(NAMESPACE, (types.K8S_NETWORK_POLICY, {"metadata": IN_FACTORY, "spec": DENIED})),
        bad=(NAMESPACE, (types.K8S_NETWORK_POLICY, {"metadata": IN_FACTORY, "spec": {"policyTypes": ["Ingress"]}})),
        unknown=((types.K8S_NAMESPACE, {"metadata": UNKNOWN}),),
    ),
    StackCase(
        rule="k8s-namespace-quota",
        good=(NAMESPACE, (types.K8S_QUOTA, {"metadata": IN_FACTORY})),
        bad=(NAMESPACE,),
        unknown=((types.K8S_NAMESPACE, {"metadata": UNKNOWN}),),
    ),
    StackCase(rule="s3-bucket-blocked", good=((types.AWS_BUCKET, {}), (BLOCK, {})), bad=((types.AWS_BUCKET, {}),)),
    StackCase(
        rule="s3-bucket-access-logged",
        good=((types.AWS_BUCKET, {}), (types.AWS_LOGGING, {})),
        bad=((types.AWS_BUCKET, {}),),
    ),
    StackCase(rule="efs-backed-up", good=((types.EFS, {}), (types.EFS_BACKUP, {})), bad=((types.EFS, {}),)),
)


def stack(declared: tuple[Declared, ...]) -> Stack:
    return Stack(
        tuple(
            PolicyResource(kind=kind, props=props, urn=f"urn:pulumi:a::b::{kind}::{index}")
            for index, (kind, props) in enumerate(declared)
        )
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_stack_that_keeps_the_rule_is_let_through(case: StackCase) -> None:
    assert findings(RULES[case.rule], stack(case.good)) == []
    assert findings(RULES[case.rule], stack(())) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_stack_that_breaks_the_rule_is_named(case: StackCase) -> None:
    assert list(violations(RULES[case.rule], stack(case.bad)))


@pytest.mark.parametrize("case", [case for case in CASES if case.unknown], ids=lambda case: case.rule)
def test_a_stack_that_is_unknown_is_neither(case: StackCase) -> None:
    assert list(violations(RULES[case.rule], stack(case.unknown))) == []
    assert undecided(RULES[case.rule], stack(case.unknown))


def test_every_rule_of_stacks_has_a_case() -> None:
    assert {name for name, rule in RULES.items() if isinstance(rule, StackRule)} == {case.rule for case in CASES}
