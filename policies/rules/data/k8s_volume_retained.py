"""A volume outlives its claim."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_VOLUME


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    # Kubernetes' own default, of a volume that is declared, is Retain.
    yield from expect(
        props, "spec.persistentVolumeReclaimPolicy", one_of(None, "Retain"), "a volume is kept when its claim ends"
    )


RULE = ResourceRule(
    id="k8s-volume-retained",
    title="A volume outlives its claim.",
    why="With Delete, who deletes a namespace deletes the file system.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SC-28(1)"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="set persistentVolumeReclaimPolicy to Retain",
    kinds=(K8S_VOLUME,),
    check=_check,
)
