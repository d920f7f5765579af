"""No weights are loaded that can run code."""

import re

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import Values, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity, Violation
from policies.serving import given, is_server, words

FLAGS = {"--trust-remote-code", "--trust_remote_code", "--allow-pickle"}
PICKLES = re.compile(r".*\.(pt|pth|pkl|pickle|ckpt|bin)$")
FORMATS = ("pt", "npcache", "pickle")


def _container(path: str, container: Values, pod: Values) -> Findings:
    for flag in {word.partition("=")[0] for word in words(container)} & FLAGS:
        yield Violation(f"{path}.args", flag, "no code comes with weights")
    for loaded in given(container, "--load-format"):
        if loaded in FORMATS:
            yield Violation(f"{path}.args", f"--load-format {loaded}", "weights are safetensors")
    if is_server(container) and any(map(PICKLES.fullmatch, given(container, "--model"))):
        yield Violation(f"{path}.args", "--model of a pickle", "weights are safetensors")
    for variable in map(mapping, sequence(container.get("env"))):
        name, value = text(variable.get("name")), text(variable.get("value"))
        if name.endswith("TRUST_REMOTE_CODE") and value.lower() in ("1", "true"):
            yield Violation(f"{path}.env[{name}]", "on", "no code comes with weights")


RULE = ResourceRule(
    id="model-format-safe",
    title="No weights are loaded that can run code.",
    why="A pickle runs whatever its author wrote, in a pod with credentials of the stores.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CM-7(5)", "SI-3"),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.7",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM03", "LLM04"),
        Framework.MITRE_ATLAS: ("AML.M0011",),
    },
    remedy="use safetensors, and leave the flag out",
    kinds=KINDS,
    check=of_containers(_container),
)
