"""A step of a workflow retries a bounded number of times."""

from policies import argo
from policies.expect import expect
from policies.frameworks import Framework
from policies.pods import unknown_places, workflows
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import CRON_WORKFLOW, WORKFLOW, WORKFLOW_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for path, spec in workflows(resource):
        for where, template in argo.templates(path, spec):
            if "retryStrategy" in template:
                yield from expect(
                    template, "retryStrategy.limit", lambda value: value is not None, "retries end", root=where
                )


RULE = ResourceRule(
    id="pipeline-retries-bounded",
    title="A step of a workflow retries a bounded number of times.",
    why="Argo retries for ever where no limit stands: a stage that fails on its data burns GPUs until somebody looks.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.OWASP_LLM: ("LLM10",),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy="set retryStrategy.limit",
    kinds=(
        WORKFLOW,
        WORKFLOW_TEMPLATE,
        CRON_WORKFLOW,
    ),
    check=_check,
)
