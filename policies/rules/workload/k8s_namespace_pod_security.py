"""A namespace refuses pods that break the standard."""

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_NAMESPACE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    labels = at(props, "metadata.labels")
    level = (
        at(labels, "pod-security.kubernetes.io/enforce")
        if labels is UNKNOWN
        else mapping(labels).get("pod-security.kubernetes.io/enforce")
    )
    if level is UNKNOWN:
        yield Undecided("metadata.labels")
    elif level not in ("restricted", "baseline"):
        yield Violation(
            "metadata.labels[pod-security.kubernetes.io/enforce]", shown(level), "a namespace enforces a standard"
        )


RULE = ResourceRule(
    id="k8s-namespace-pod-security",
    title="A namespace refuses pods that break the standard.",
    why="The pack judges what is declared; a pod that somebody makes by hand meets this label alone.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-2", "CM-6"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.22",),
        Framework.CIS_EKS: ("4.5.1", "4.5.2"),
        Framework.CIS_KUBERNETES: ("5.6.4",),
    },
    remedy="label it pod-security.kubernetes.io/enforce=restricted or baseline",
    advisory_because="the Job that makes folders as root needs a namespace without it",
    kinds=(K8S_NAMESPACE,),
    check=_check,
)
