"""A NetworkPolicy admits somebody, not everybody."""

from policies.expect import each
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, sequence
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_NETWORK_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "spec.ingress"):
        if rule is UNKNOWN:
            yield Undecided(path)
            continue
        peers = at(rule, "from")
        if peers is UNKNOWN:
            yield Undecided(f"{path}.from")
        elif not sequence(peers):
            yield Violation(f"{path}.from", MISSING, "ingress names its source")
        elif any(at(one, "ipBlock.cidr") in ("0.0.0.0/0", "::/0") for one in sequence(peers)):
            yield Violation(f"{path}.from", "the world", "ingress names its source")


RULE = ResourceRule(
    id="k8s-network-policy-not-open",
    title="A NetworkPolicy admits somebody, not everybody.",
    why="A rule without `from` admits all: a policy that reads as one and is none.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7(5)", "AC-4"),
        Framework.PCI_DSS: ("1.3.1", "1.3.2"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
        Framework.CIS_EKS: ("4.3.2",),
        Framework.KUBESCAPE: ("C-0030", "C-0054"),
    },
    remedy="name pods, namespaces or addresses",
    kinds=(K8S_NETWORK_POLICY,),
    check=_check,
)
