"""The tracking server answers its own clients alone."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values
from policies.rule import MISSING, Findings, ResourceRule, Severity, Violation
from policies.serving import given, words


def _container(path: str, container: Values, pod: Values) -> Findings:
    if not {"mlflow", "server"} <= set(words(container)):
        return
    hosts = given(container, "--allowed-hosts")
    if not hosts:
        yield Violation(f"{path}.args, --allowed-hosts", MISSING, "a tracking server knows by which names it is called")
    elif any(host.strip("'\"") == "*" for host in hosts):
        yield Violation(f"{path}.args, --allowed-hosts", "*", "a tracking server knows by which names it is called")


RULE = ResourceRule(
    id="tracking-server-closed",
    title="The tracking server answers its own clients alone.",
    why="MLflow without allowed hosts is open to DNS rebinding: a web page in a browser nearby writes the registry.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "IA-9", "SC-8(1)"),
        Framework.PCI_DSS: ("2.2.5", "8.2.1"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.5",),
        Framework.ISO_42001: ("A.4.4",),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0019",),
    },
    remedy="name the Service by --allowed-hosts",
    kinds=KINDS,
    check=of_containers(_container),
)
