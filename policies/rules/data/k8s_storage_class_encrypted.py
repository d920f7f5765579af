"""Volumes of a class of EBS are encrypted."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_STORAGE_CLASS


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if props.get("provisioner") in ("ebs.csi.aws.com", "kubernetes.io/aws-ebs"):
        yield from expect(props, "parameters.encrypted", is_true, "volumes are encrypted")


RULE = ResourceRule(
    id="k8s-storage-class-encrypted",
    title="Volumes of a class of EBS are encrypted.",
    why="The driver's default is the account's, which may be off.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SC-28(1)"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="set parameters.encrypted to true",
    kinds=(K8S_STORAGE_CLASS,),
    check=_check,
)
