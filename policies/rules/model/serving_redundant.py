"""A server of models has two replicas."""

from policies.expect import at_least, expect
from policies.frameworks import Framework
from policies.pods import containers, pods, unknown_places
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.serving import is_server
from policies.types import K8S_DEPLOYMENT, K8S_STATEFUL_SET


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from unknown_places(resource)
    if any(is_server(one) for path, pod in pods(resource) for _, one in containers(path, pod)):
        yield from expect(props, "spec.replicas", at_least(2), "a node may fail while a model serves")


RULE = ResourceRule(
    id="serving-redundant",
    title="A server of models has two replicas.",
    why="One replica is an outage a node, a release and an eviction long.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-10", "SI-13", "SC-36"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.14",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="set replicas to 2 or more",
    advisory_because="one machine, and one GPU, serves one replica",
    kinds=(
        K8S_DEPLOYMENT,
        K8S_STATEFUL_SET,
    ),
    check=_check,
)
