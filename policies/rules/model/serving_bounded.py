"""A server bounds context and concurrency."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values
from policies.rule import MISSING, Findings, ResourceRule, Severity, Undecided, Violation
from policies.serving import is_server, words

FLAGS = ("--max-model-len", "--max-num-seqs")


def _container(path: str, container: Values, pod: Values) -> Findings:
    if not is_server(container):
        return
    if container.get("args") is UNKNOWN:
        yield Undecided(f"{path}.args")
        return
    given = [word.partition("=")[0] for word in words(container)]
    for flag in FLAGS:
        if flag not in given:
            yield Violation(f"{path}.args, {flag}", MISSING, "the length and the count of requests are bounded")


RULE = ResourceRule(
    id="serving-bounded",
    title="A server bounds context and concurrency.",
    why="One caller with the longest context takes the cache of all: an outage for the price of a request.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-5(2)"),
        Framework.SOC_2: ("A1.1",),
        Framework.EU_AI_ACT: ("15(4)",),
        Framework.NIST_AI_RMF: ("MANAGE 4.1",),
        Framework.OWASP_LLM: ("LLM10",),
        Framework.MITRE_ATLAS: ("AML.M0004", "AML.M0036"),
    },
    remedy="set --max-model-len and --max-num-seqs",
    advisory_because="the server of the inference component takes vLLM's defaults for both",
    kinds=KINDS,
    check=of_containers(_container),
)
