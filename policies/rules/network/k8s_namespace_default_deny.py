"""Every namespace denies what no policy allows."""

from policies.frameworks import Framework
from policies.resource import Stack, any_unknown, at, mapping, sequence
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import K8S_NAMESPACE, K8S_NETWORK_POLICY


def _check(stack: Stack, config: Config) -> Findings:
    denied = [
        at(one.props, "metadata.namespace")
        for one in stack.of(K8S_NETWORK_POLICY)
        if not mapping(at(one.props, "spec.podSelector")) and "Egress" in sequence(at(one.props, "spec.policyTypes"))
    ]
    for namespace in stack.of(K8S_NAMESPACE):
        name = at(namespace.props, "metadata.name")
        if any_unknown([name, *denied]):
            yield Undecided("metadata.name", urn=namespace.urn)
        elif name not in denied:
            yield Violation("NetworkPolicy", MISSING, "a namespace denies by default", urn=namespace.urn)


RULE = StackRule(
    id="k8s-namespace-default-deny",
    title="Every namespace denies what no policy allows.",
    why="Without it every pod of the cluster reaches the tracking server, the spool and the metadata of the node.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7(5)", "AC-4"),
        Framework.PCI_DSS: ("1.3.1", "1.3.2"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
        Framework.CIS_EKS: ("4.3.2",),
        Framework.KUBESCAPE: ("C-0030", "C-0054"),
    },
    remedy="declare a NetworkPolicy with an empty podSelector and both policyTypes",
    advisory_because="the network plugin of the components enforces no policies yet",
    check=_check,
)
