"""A pod has an account of its own."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.pods import KINDS, of_pods
from policies.resource import Values, text
from policies.rule import Findings, ResourceRule, Severity


def _pod(path: str, pod: Values) -> Findings:
    yield from expect(
        pod,
        "serviceAccountName",
        lambda value: text(value) not in ("", "default"),
        "each workload has its own account",
        root=path,
    )


RULE = ResourceRule(
    id="k8s-service-account-own",
    title="A pod has an account of its own.",
    why="Rights that one workload was given are those of every pod of the default account.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-2"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.5.15",),
        Framework.CIS_EKS: ("4.1.5", "4.1.6"),
        Framework.KUBESCAPE: ("C-0034",),
    },
    remedy="set serviceAccountName",
    advisory_because="a Job of the filesystem component has no account of its own, and no token",
    kinds=KINDS,
    check=of_pods(_pod),
)
