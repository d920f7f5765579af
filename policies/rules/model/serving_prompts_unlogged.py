"""Prompts do not go to the logs of pods."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import Findings, ResourceRule, Severity, Violation
from policies.serving import is_server, words

FLAGS = ("--enable-log-requests", "--enable-log-outputs", "--log-requests")


def _container(path: str, container: Values, pod: Values) -> Findings:
    if not is_server(container):
        return
    for flag in [one.partition("=")[0] for one in words(container)]:
        if flag in FLAGS:
            yield Violation(f"{path}.args", flag, "prompts are recorded by the gateway alone")


RULE = ResourceRule(
    id="serving-prompts-unlogged",
    title="Prompts do not go to the logs of pods.",
    why="A pod's log is read by everyone who may read pods, and kept by nobody's rule: personal data with no owner.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SI-12", "AC-3"),
        Framework.PCI_DSS: ("3.2.1",),
        Framework.SOC_2: ("C1.1",),
        Framework.ISO_27001: ("A.8.12", "A.5.34"),
        Framework.NIST_AI_RMF: ("MEASURE 2.10",),
        Framework.OWASP_LLM: ("LLM02",),
    },
    remedy="leave the flag out: the audit gateway records what has to be kept",
    kinds=KINDS,
    check=of_containers(_container),
)
