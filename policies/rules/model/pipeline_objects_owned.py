"""What a step creates ends with its workflow, and ends the step."""

from policies import argo
from policies.expect import expect, is_true, present
from policies.frameworks import Framework
from policies.pods import unknown_places, workflows
from policies.resource import UNKNOWN, PolicyResource, at, mapping, text
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import CRON_WORKFLOW, WORKFLOW, WORKFLOW_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for path, spec in workflows(resource):
        for where, template in argo.templates(path, spec):
            made = template.get("resource")
            if made is not None and at(made, "action") in ("create", "apply", UNKNOWN):
                root = f"{where}.resource"
                yield from expect(
                    made, "setOwnerReference", is_true, "what a step creates ends with its workflow", root=root
                )
                if not _works(made):
                    continue
                yield from expect(made, "successCondition", present, "a step waits for what it creates", root=root)
                yield from expect(made, "failureCondition", present, "a step fails with what it creates", root=root)


def _works(made: object) -> bool:
    """Whether what a step creates goes on after it was created: a Job or the like, not a ConfigMap."""
    manifest = at(made, "manifest")
    kinds = [text(mapping(one).get("kind")) for one in argo.parsed(text(manifest)) or []]
    return manifest is UNKNOWN or any(kind.endswith("Job") or kind in ("JobSet", "Workflow") for kind in kinds)


RULE = ResourceRule(
    id="pipeline-objects-owned",
    title="What a step creates ends with its workflow, and ends the step.",
    why=(
        "A JobSet without an owner goes on when its run was stopped; without conditions the step ends "
        "at once and the next begins."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-6", "CM-5"),
        Framework.EU_AI_ACT: ("14(4)(e)",),
        Framework.ISO_42001: ("A.6.2.6",),
    },
    remedy="set setOwnerReference, successCondition and failureCondition",
    kinds=(
        WORKFLOW,
        WORKFLOW_TEMPLATE,
        CRON_WORKFLOW,
    ),
    check=_check,
)
