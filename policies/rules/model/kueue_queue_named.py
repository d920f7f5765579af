"""Where queues are, every job names one."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, Stack, at, mapping
from policies.rule import Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import JOB_SET, K8S_JOB


def _check(stack: Stack, config: Config) -> Findings:
    if not any(one.kind.endswith(":ClusterQueue") for one in stack.resources):
        return
    for one in stack.of(JOB_SET, K8S_JOB):
        labels = at(one.props, "metadata.labels")
        if labels is UNKNOWN:
            yield Undecided("metadata.labels", urn=one.urn)
        elif "kueue.x-k8s.io/queue-name" not in mapping(labels):
            yield Violation("metadata.labels", "without a queue", "a job is admitted by its queue", urn=one.urn)


RULE = StackRule(
    id="kueue-queue-named",
    title="Where queues are, every job names one.",
    why="A job past the queue takes the GPUs that the quota gave to another team.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-6", "AC-6"),
        Framework.SOC_2: ("A1.1",),
        Framework.OWASP_LLM: ("LLM10",),
    },
    remedy="set the label kueue.x-k8s.io/queue-name",
    check=_check,
)
