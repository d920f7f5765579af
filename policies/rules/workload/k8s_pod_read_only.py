"""A container's root file system is read only."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _container(path: str, container: Values, pod: Values) -> Findings:
    yield from expect(
        container, "securityContext.readOnlyRootFilesystem", is_true, "a container writes to volumes alone", root=path
    )


RULE = ResourceRule(
    id="k8s-pod-read-only",
    title="A container's root file system is read only.",
    why="What breaks in writes its tools beside the program, and they stay until the pod ends.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-7", "SI-7", "CM-5"),
        Framework.SOC_2: ("CC6.8",),
        Framework.KUBESCAPE: ("C-0017",),
    },
    remedy="set readOnlyRootFilesystem, and mount an emptyDir where it writes",
    kinds=KINDS,
    binds_controllers=False,
    check=of_containers(_container),
)
