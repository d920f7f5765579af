"""Limits and a pool for pods that ask for GPUs."""

from policies.accelerators import POOL, asked, of_a_pool
from policies.frameworks import Framework
from policies.pods import KINDS, containers, of_pods
from policies.resource import UNKNOWN, Values, mapping, sequence, text
from policies.rule import MISSING, Findings, ResourceRule, Severity, Violation


def _pod(at: str, pod: Values) -> Findings:
    asking = {path: container for path, container in containers(at, pod) if asked(container)}
    for path, container in asking.items():
        limits = mapping(mapping(container.get("resources")).get("limits"))
        for name in (*asked(container), "cpu", "memory"):
            if name not in limits:
                yield Violation(f"{path}.resources.limits.{name}", MISSING, "a GPU workload has limits", "set it")
    if asking and not _is_placed(pod):
        rule = "a GPU workload says which nodes it runs on, by a label of theirs"
        yield Violation(f"{at}.nodeSelector", "of no pool", rule)


def _is_placed(pod: Values) -> bool:
    """Whether a pod is selected for nodes by a label of a pool's, as a selector or as an affinity that is required."""
    if pod.get("nodeSelector") is UNKNOWN or any(map(of_a_pool, mapping(pod.get("nodeSelector")))):
        return True
    affinity = mapping(mapping(pod.get("affinity")).get("nodeAffinity"))
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    terms = [mapping(term) for term in sequence(mapping(required).get("nodeSelectorTerms"))]
    # One term is enough for a node, so each has to name the pool.
    return required is UNKNOWN or (bool(terms) and all(map(_names_pool, terms)))


def _names_pool(term: Values) -> bool:
    expressions = map(mapping, sequence(term.get("matchExpressions")))
    return any(of_a_pool(text(one.get("key"))) and one.get("operator") in ("In", "Exists") for one in expressions)


RULE = ResourceRule(
    id="workload-gpu-limits",
    title="A GPU workload has limits and runs on a declared pool.",
    why="Without bounds it starves the pool; on no pool it waits for ever or runs where no GPU is.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-6", "SC-5"),
        Framework.KUBESCAPE: ("C-0270", "C-0271"),
        Framework.OWASP_LLM: ("LLM10",),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy=f"set {POOL}, or the labels of GPU nodes that exist already",
    kinds=KINDS,
    check=of_pods(_pod),
)
