"""A server of models has probes."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity
from policies.serving import is_server


def _container(path: str, container: Values, pod: Values) -> Findings:
    if is_server(container):
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            yield from expect(
                container, probe, present, "a server says when it is ready, and is restarted when it hangs", root=path
            )


RULE = ResourceRule(
    id="serving-probed",
    title="A server of models has probes.",
    why="Without them callers reach a server that is still loading, and one that hangs keeps its place.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SI-13", "SI-4"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.16",),
    },
    remedy="add startupProbe, readinessProbe and livenessProbe",
    advisory_because="the server of the inference component has probes on its gateway alone",
    kinds=KINDS,
    check=of_containers(_container),
)
