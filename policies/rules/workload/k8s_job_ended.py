"""A Job ends."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_JOB


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "spec.backoffLimit", lambda value: value is not None, "retries of a Job are bounded")


RULE = ResourceRule(
    id="k8s-job-ended",
    title="A Job ends.",
    why="A Job without a bound retries a broken image for ever.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set backoffLimit, and activeDeadlineSeconds or ttlSecondsAfterFinished",
    kinds=(K8S_JOB,),
    check=_check,
)
