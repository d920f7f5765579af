"""A run on GPUs ends at a deadline."""

from policies.accelerators import is_gpu_pod
from policies.expect import expect, present
from policies.frameworks import Framework
from policies.pods import pods, unknown_places, workflows
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import CRON_WORKFLOW, WORKFLOW, WORKFLOW_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    if not any(is_gpu_pod(pod) for _, pod in pods(resource)):
        return
    for path, spec in workflows(resource)[:1]:
        yield from expect(spec, "activeDeadlineSeconds", present, "a run that hangs is ended", root=path)


RULE = ResourceRule(
    id="gpu-run-deadline",
    title="A run on GPUs ends at a deadline.",
    why="A run that hangs in a collective holds its GPUs until somebody sees the bill.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.OWASP_LLM: ("LLM10",),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy="set activeDeadlineSeconds",
    advisory_because="the lifecycle's runs have no deadline yet",
    kinds=(
        WORKFLOW,
        WORKFLOW_TEMPLATE,
        CRON_WORKFLOW,
    ),
    check=_check,
)
