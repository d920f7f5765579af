"""A pod that does not call the API has no token."""

from policies import argo
from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.pods import KINDS, of_pods
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    # Argo's own container reports results by the API: its templates are judged by pipeline-step-token.
    if not argo.is_template(path):
        yield from expect(
            pod, "automountServiceAccountToken", one_of(False), "a pod has no token that it does not use", root=path
        )


RULE = ResourceRule(
    id="k8s-pod-token-unmounted",
    title="A pod that does not call the API has no token.",
    why="A token in a pod that serves the world is the first thing that is read.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-2"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.CIS_EKS: ("4.1.5", "4.1.6"),
        Framework.KUBESCAPE: ("C-0034",),
    },
    remedy="set automountServiceAccountToken to false",
    kinds=KINDS,
    binds_controllers=False,
    check=of_pods(_pod),
)
