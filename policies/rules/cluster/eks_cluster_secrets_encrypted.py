"""Secrets in etcd are encrypted by a customer's key."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import EKS_CLUSTER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "encryptionConfig.provider.keyArn", present, "Secrets have a key of the account's own")


RULE = ResourceRule(
    id="eks-cluster-secrets-encrypted",
    title="Secrets in etcd are encrypted by a customer's key.",
    why="A copy of etcd is then a copy of every password.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-12"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
        Framework.CIS_EKS: ("5.3.1",),
        Framework.KUBESCAPE: ("C-0066",),
    },
    remedy="set encryptionConfig",
    kinds=(EKS_CLUSTER,),
    check=_check,
)
