"""A cluster's version is still supported."""

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, count
from policies.types import EKS_CLUSTER

MINOR = count("minor", 33, "Oldest minor version of Kubernetes 1 that is allowed.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    version = props.get("version")
    if version is UNKNOWN:
        yield Undecided("version")
        return
    minor = text(version).partition(".")[2]
    if not minor.isdigit() or int(minor) < MINOR.of(config):
        yield Violation("version", shown(version), f"Kubernetes is 1.{MINOR.of(config)} or newer")


RULE = ResourceRule(
    id="eks-cluster-version-floor",
    title="A cluster's version is still supported.",
    why="A version at its end takes no fixes, and is upgraded on a day that EKS chooses.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SI-2", "CA-9(1)"),
        Framework.PCI_DSS: ("6.3.3",),
        Framework.SOC_2: ("CC7.1",),
        Framework.ISO_27001: ("A.8.8",),
    },
    remedy="upgrade, one minor version at a time",
    settings=(MINOR,),
    kinds=(EKS_CLUSTER,),
    check=_check,
)
