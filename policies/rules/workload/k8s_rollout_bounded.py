"""A rollout that does not come up is given up."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_DEPLOYMENT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    # Kubernetes' own default is ten minutes.
    yield from expect(
        props,
        "spec.progressDeadlineSeconds",
        lambda value: value is None or number(value) <= 3600,
        "a rollout is given up within an hour",
    )


RULE = ResourceRule(
    id="k8s-rollout-bounded",
    title="A rollout that does not come up is given up.",
    why="`up` waits for it, and the pipeline's lock with it.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SI-13", "CM-3"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set progressDeadlineSeconds",
    kinds=(K8S_DEPLOYMENT,),
    check=_check,
)
