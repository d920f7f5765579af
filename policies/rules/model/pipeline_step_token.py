"""A step's own container has no token of the API."""

from policies.expect import expect, one_of, present
from policies.frameworks import Framework
from policies.pods import unknown_places, workflows
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import CRON_WORKFLOW, WORKFLOW, WORKFLOW_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for path, spec in workflows(resource):
        yield from expect(spec, "automountServiceAccountToken", one_of(False), "a step mounts no token", root=path)
        yield from expect(
            spec, "executor.serviceAccountName", present, "Argo's own container has its own account", root=path
        )


RULE = ResourceRule(
    id="pipeline-step-token",
    title="A step's own container has no token of the API.",
    why="Code of a stage with the runner's token makes pods of its own: the sandbox of the pipeline is then none.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "SC-39"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("4.1.6",),
        Framework.KUBESCAPE: ("C-0034",),
        Framework.OWASP_LLM: ("LLM06",),
    },
    remedy="set automountServiceAccountToken to false and executor.serviceAccountName",
    advisory_because="the lifecycle's steps share the runner's account, which may report results alone",
    kinds=(
        WORKFLOW,
        WORKFLOW_TEMPLATE,
        CRON_WORKFLOW,
    ),
    check=_check,
)
