"""No Ingress brings configuration of its controller along."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_INGRESS


def _check(resource: PolicyResource, config: Config) -> Findings:
    annotations = at(resource.props, "metadata.annotations")
    if annotations is UNKNOWN:
        yield Undecided("metadata.annotations")
        return
    for name in mapping(annotations):
        # ingress-nginx: server-snippet, configuration-snippet, auth-snippet, modsecurity-snippet, stream-snippet.
        if name.endswith("-snippet"):
            yield Violation("metadata.annotations", name, "an Ingress holds no configuration of its controller")


RULE = ResourceRule(
    id="k8s-ingress-no-snippet",
    title="No Ingress brings configuration of its controller along.",
    why=(
        "A snippet runs in the controller: who may write an Ingress reads every Secret of the cluster (CVE-2021-25742)."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "CM-7", "SI-2"),
        Framework.SOC_2: ("CC6.3", "CC6.8"),
        Framework.ISO_27001: ("A.8.8",),
    },
    remedy="leave the annotation out; what it did is set for the whole controller",
    kinds=(K8S_INGRESS,),
    check=_check,
)
