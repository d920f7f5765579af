"""Switches for development are off on a server."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation

SWITCHES = ("VLLM_SERVER_DEV_MODE", "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "VLLM_ALLOW_INSECURE_SERIALIZATION")


def _container(path: str, container: Values, pod: Values) -> Findings:
    for variable in map(mapping, sequence(container.get("env"))):
        name, value = text(variable.get("name")), variable.get("value")
        if name in SWITCHES and value is UNKNOWN:
            yield Undecided(f"{path}.env[{name}]")
        elif name in SWITCHES and text(value).lower() not in ("", "0", "false"):
            yield Violation(f"{path}.env[{name}]", "on", "a server has no API for development")


RULE = ResourceRule(
    id="serving-no-dev-api",
    title="Switches for development are off on a server.",
    why="They let a caller load adapters, reset caches or end the server: an API that nobody put a key before.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CM-7", "CM-5"),
        Framework.PCI_DSS: ("2.2.4",),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.9",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM03", "LLM04"),
    },
    remedy="leave the variable out",
    kinds=KINDS,
    check=of_containers(_container),
)
