"""Secrets reach a container as files."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, at, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation


def _container(path: str, container: Values, pod: Values) -> Findings:
    env = container.get("env")
    if env is UNKNOWN:
        yield Undecided(f"{path}.env")
    for variable in map(mapping, sequence(env)):
        if at(variable, "valueFrom.secretKeyRef") is not None:
            yield Violation(f"{path}.env[{text(variable.get('name'))}]", "of a Secret", "a Secret is mounted as a file")
    if any(at(one, "secretRef") is not None for one in sequence(container.get("envFrom"))):
        yield Violation(f"{path}.envFrom", "of a Secret", "a Secret is mounted as a file")


RULE = ResourceRule(
    id="k8s-secret-as-file",
    title="Secrets reach a container as files.",
    why="A variable is printed by crash reports, inherited by every child, and shown by `env`.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("IA-5(7)", "SC-28"),
        Framework.PCI_DSS: ("8.6.2",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.17",),
        Framework.CIS_EKS: ("4.4.1",),
        Framework.KUBESCAPE: ("C-0012",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM02", "LLM07"),
    },
    remedy="mount the Secret as a volume",
    advisory_because="many programs of others read credentials of their environment alone",
    kinds=KINDS,
    check=of_containers(_container),
)
