"""A server cannot write its weights."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity
from policies.serving import is_server


def _container(path: str, container: Values, pod: Values) -> Findings:
    if not is_server(container) or ".initContainers[" in path:
        return
    for mount in map(mapping, sequence(container.get("volumeMounts"))):
        if text(mount.get("mountPath")).strip("/").partition("/")[0] in ("model", "models", "weights"):
            yield from expect(
                mount,
                "readOnly",
                is_true,
                "verified weights are read only",
                root=f"{path}.volumeMounts[{text(mount.get('name'))}]",
            )


RULE = ResourceRule(
    id="serving-weights-read-only",
    title="A server cannot write its weights.",
    why="A caller who breaks into the server changes the model that answers the next caller, after it was verified.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-5", "SI-7"),
        Framework.SOC_2: ("CC6.8",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM04",),
        Framework.MITRE_ATLAS: ("AML.M0013",),
    },
    remedy="mount the model with readOnly in every container but the one that fetches",
    advisory_because="the server of the inference component mounts its model to be written",
    kinds=KINDS,
    check=of_containers(_container),
)
