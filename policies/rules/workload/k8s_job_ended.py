"""A Job ends."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_JOB

MOST = 100


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    # Kubernetes' own default is six.
    yield from expect(
        props,
        "spec.backoffLimit",
        lambda value: value is None or number(value) <= MOST,
        f"a Job is tried again {MOST} times at most",
    )


RULE = ResourceRule(
    id="k8s-job-ended",
    title="A Job ends.",
    why="A Job with no real bound retries a broken image for days, on the same GPUs.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set backoffLimit, and activeDeadlineSeconds or ttlSecondsAfterFinished",
    kinds=(K8S_JOB,),
    check=_check,
)
