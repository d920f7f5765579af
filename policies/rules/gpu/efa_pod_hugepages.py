"""A pod that asks for EFA asks for huge pages."""

from policies.accelerators import is_efa
from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity


def _container(path: str, container: Values, pod: Values) -> Findings:
    if is_efa(container):
        resources = container.get("resources")
        yield from expect(
            resources, "limits.hugepages-2Mi", present, "a pod with EFA has huge pages", root=f"{path}.resources"
        )


RULE = ResourceRule(
    id="efa-pod-hugepages",
    title="A pod that asks for EFA asks for huge pages.",
    why="libfabric takes its buffers from 2 MiB pages; without them it falls back, or fails when memory is in pieces.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-6",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="set limits.hugepages-2Mi, 5120Mi as EKS documents",
    advisory_because="the pods of the lifecycle do not ask for them yet",
    kinds=KINDS,
    check=of_containers(_container),
)
