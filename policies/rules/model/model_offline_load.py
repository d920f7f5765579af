"""What serves a model asks no hub."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, mapping, sequence, text
from policies.rule import MISSING, Findings, ResourceRule, Severity, Undecided, Violation
from policies.serving import is_server


def _container(path: str, container: Values, pod: Values) -> Findings:
    if not is_server(container):
        return
    env = container.get("env")
    if env is UNKNOWN:
        yield Undecided(f"{path}.env")
        return
    given = {text(mapping(one).get("name")): mapping(one).get("value") for one in sequence(env)}
    if not any(text(given.get(name)).lower() in ("1", "true") for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")):
        yield Violation(f"{path}.env[HF_HUB_OFFLINE]", MISSING, "a server loads what it was given alone")


RULE = ResourceRule(
    id="model-offline-load",
    title="What serves a model asks no hub.",
    why="A server that finds no file downloads one: unreviewed weights, and a name of the model for a stranger's log.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7(5)", "CM-7(5)", "SR-3"),
        Framework.PCI_DSS: ("1.3.2",),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.20",),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0011",),
    },
    remedy="set HF_HUB_OFFLINE=1",
    kinds=KINDS,
    check=of_containers(_container),
)
