"""A signature is verified before a model serves."""

import re

from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import UNKNOWN, Values, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation
from policies.serving import is_server, words

VERIFYING = re.compile(r"cosign|verify|model_signing|SIGNING_PUBLIC_KEY", re.IGNORECASE)


def _pod(path: str, pod: Values) -> Findings:
    if not any(is_server(container) for _, container in containers(path, pod)):
        return
    init = pod.get("initContainers")
    if init is UNKNOWN:
        yield Undecided(f"{path}.initContainers")
        return
    for one in map(mapping, sequence(init)):
        variables = [text(mapping(variable).get("name")) for variable in sequence(one.get("env"))]
        if VERIFYING.search(" ".join([*words(one), *variables])):
            return
    yield Violation(
        f"{path}.initContainers", "without one that verifies", "weights are verified before a server reads them"
    )


RULE = ResourceRule(
    id="model-artifact-signed",
    title="A signature is verified before a model serves.",
    why="Whoever may write the store may put other weights there: a digest in the same store proves nothing.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CM-14", "SI-7(15)", "SR-11"),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.7",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.ISO_42001: ("A.6.2.5",),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0013",),
    },
    remedy=(
        "fetch the weights in an init container that is given the public key (SIGNING_PUBLIC_KEY_FILE), "
        "or run cosign verify there"
    ),
    kinds=KINDS,
    check=of_pods(_pod),
)
