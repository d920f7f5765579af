"""Volumes of a node are encrypted."""

from policies.expect import each, expect, is_true
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LAUNCH_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, one in each(props, "blockDeviceMappings"):
        if one is UNKNOWN or "ebs" in mapping(one):
            yield from expect(one, "ebs.encrypted", is_true, "a volume is encrypted", root=path)


RULE = ResourceRule(
    id="eks-node-volume-encrypted",
    title="Volumes of a node are encrypted.",
    why="A snapshot of a root volume holds images, logs and what pods wrote.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "SC-13"),
        Framework.PCI_DSS: ("3.5.1",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy="set ebs.encrypted",
    kinds=(LAUNCH_TEMPLATE,),
    check=_check,
)
