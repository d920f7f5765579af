"""A gateway that records stands before every server."""

from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import Values, text
from policies.rule import Findings, ResourceRule, Severity, Violation
from policies.serving import given, is_server, words


def _pod(path: str, pod: Values) -> Findings:
    listed = [(where, one) for where, one in containers(path, pod)]
    for where, server in listed:
        if not is_server(server):
            continue
        beside = [one for _, one in listed if not is_server(one)]
        if not any("gateway" in f"{text(one.get('name'))} {' '.join(words(one))}" for one in beside):
            yield Violation(
                f"{path}.containers", "without a gateway", "each answer is recorded before it leaves the pod"
            )
        hosts = given(server, "--host")
        if not hosts or any(host not in ("127.0.0.1", "localhost", "::1") for host in hosts):
            yield Violation(
                f"{where}.args", "--host beyond the loopback", "callers reach a server by its gateway alone"
            )


RULE = ResourceRule(
    id="serving-answers-recorded",
    title="A gateway that records stands before every server.",
    why="An answer that nobody recorded cannot be accounted for; the law asks for logs of high-risk systems.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("AU-2", "AU-12", "AU-10"),
        Framework.PCI_DSS: ("10.2.1", "10.2.2"),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.15",),
        Framework.EU_AI_ACT: ("12(1)", "12(2)", "19(1)", "26(6)"),
        Framework.ISO_42001: ("A.6.2.8",),
        Framework.NIST_AI_RMF: ("MEASURE 2.4",),
        Framework.MITRE_ATLAS: ("AML.M0024",),
    },
    remedy="put the audit gateway into the pod, and let the server listen on the loopback alone",
    kinds=KINDS,
    check=of_pods(_pod),
)
