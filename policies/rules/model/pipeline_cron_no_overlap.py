"""A scheduled run does not overlap the one before it."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import CRON_WORKFLOW


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "spec.concurrencyPolicy", one_of("Forbid", "Replace"), "one scheduled run is at work")


RULE = ResourceRule(
    id="pipeline-cron-no-overlap",
    title="A scheduled run does not overlap the one before it.",
    why="Two trainings at once take the GPUs of each other, and both write the same run's artefacts.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set concurrencyPolicy to Forbid or Replace",
    kinds=(CRON_WORKFLOW,),
    check=_check,
)
