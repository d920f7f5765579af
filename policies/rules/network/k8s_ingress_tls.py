"""Every Ingress has TLS."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, any_unknown, at, mapping, text
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_INGRESS

BALANCER = "alb.ingress.kubernetes.io"


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    tls, annotations = at(props, "spec.tls"), at(props, "metadata.annotations")
    if any_unknown([tls, annotations]):
        yield Undecided("spec.tls" if tls is UNKNOWN else "metadata.annotations")
        return
    # A load balancer of AWS has its certificate, and its ports, by annotation.
    ports = text(mapping(annotations).get(f"{BALANCER}/listen-ports"))
    by_balancer = mapping(annotations).get(f"{BALANCER}/certificate-arn") and '"HTTP"' not in ports
    if not tls and not by_balancer:
        yield Violation("spec.tls", MISSING, "what comes in is encrypted")


RULE = ResourceRule(
    id="k8s-ingress-tls",
    title="Every Ingress has TLS.",
    why="Keys of callers and prompts cross the network in the clear.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "SC-8(1)", "IA-9"),
        Framework.PCI_DSS: ("4.2.1", "7.2.1", "8.2.1"),
        Framework.SOC_2: ("CC6.1", "CC6.7"),
        Framework.ISO_27001: ("A.8.5", "A.8.24"),
        Framework.CIS_EKS: ("5.4.5",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM02", "LLM10"),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="set spec.tls",
    kinds=(K8S_INGRESS,),
    check=_check,
)
