"""Root of a client is nobody on the file system."""

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    squash = at(props, "rootSquashConfiguration.rootSquash")
    if squash is UNKNOWN:
        yield Undecided("rootSquashConfiguration.rootSquash")
    elif not squash or text(squash).startswith("0:"):
        yield Violation("rootSquashConfiguration.rootSquash", shown(squash), "root is squashed to another user")


RULE = ResourceRule(
    id="fsx-lustre-root-squash",
    title="Root of a client is nobody on the file system.",
    why="Any pod that runs as root reads and removes everybody's checkpoints.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(10)"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
    },
    remedy="set rootSquashConfiguration.rootSquash",
    advisory_because=(
        "a Job of the component makes the folders as root; pods that run as root are refused by k8s-pod-non-root"
    ),
    kinds=(LUSTRE,),
    check=_check,
)
