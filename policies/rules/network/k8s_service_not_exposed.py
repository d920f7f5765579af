"""No Service is reached from outside of the cluster by itself."""

from policies.expect import absent, expect
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_SERVICE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    kind = at(props, "spec.type")
    if kind is UNKNOWN:
        yield Undecided("spec.type")
    elif kind == "NodePort":
        yield Violation("spec.type", "NodePort", "callers come in by the entry")
    elif kind == "LoadBalancer" and not at(props, "spec.loadBalancerSourceRanges"):
        yield Violation("spec.loadBalancerSourceRanges", MISSING, "a load balancer names whom it admits")
    yield from expect(props, "spec.externalIPs", absent, "no Service takes traffic of addresses of its own")


RULE = ResourceRule(
    id="k8s-service-not-exposed",
    title="No Service is reached from outside of the cluster by itself.",
    why="A node port is open on every node, to whoever reaches one, without TLS and without a caller's name.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.3.1",),
        Framework.SOC_2: ("CC6.6",),
        Framework.CIS_EKS: ("5.4.5",),
    },
    remedy="use ClusterIP behind the entry",
    advisory_because="the inference component serves on a node port where no entry is declared",
    kinds=(K8S_SERVICE,),
    check=_check,
)
