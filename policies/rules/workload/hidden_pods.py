"""Pods that no rule can see."""

from policies import argo, secrets
from policies.frameworks import Framework
from policies.pods import KINDS, containers, pods, unknown_places, workflows
from policies.resource import PolicyResource, Values, mapping, sequence, text
from policies.rule import Config, Findings, ResourceRule, Severity, Violation

RELEASE = "kubernetes:helm.sh/v3:Release"
LATE = "known only when it runs"
NOT_JUDGED = "not judged: what makes a pod is part of what is declared, or no rule sees it"


def check(resource: PolicyResource, config: Config) -> Findings:
    """Places whose pods are made of what is not part of the resource."""
    yield from unknown_places(resource)
    if resource.kind == RELEASE:
        rule = "the objects of a Release are seen by Helm alone: not judged"
        yield Violation("chart", "a Release", rule, "declare the chart by helm.v4.Chart")
    for at, pod in pods(resource):
        for path, container in containers(at, pod):
            for variable in map(mapping, sequence(container.get("env"))):
                if secrets.is_named(text(variable.get("name"))) and "{{" in text(variable.get("value")):
                    key = f"{path}.env[{text(variable.get('name'))}]"
                    yield Violation(key, LATE, NOT_JUDGED, "take it from a Secret (valueFrom, or a file)")
    for path, spec in workflows(resource):
        yield from _workflow(path, spec)


def _workflow(path: str, spec: Values) -> Findings:
    if "workflowTemplateRef" in spec:
        yield Violation(
            f"{path}.workflowTemplateRef", "elsewhere", NOT_JUDGED, "judge its templates where they are declared"
        )
    yield from _patch(path, spec)
    for event, hook in mapping(spec.get("hooks")).items():
        yield from _reference(f"{path}.hooks.{event}", mapping(hook))
    for at, template in argo.templates(path, spec):
        # A workflow's own patch was looked at above.
        yield from _patch(at, template)
        yield from _resource(f"{at}.resource", mapping(template.get("resource")))
        for step_at, step in argo.steps(at, template):
            yield from _reference(step_at, step)
            for event, hook in mapping(step.get("hooks")).items():
                yield from _reference(f"{step_at}.hooks.{event}", mapping(hook))


def _reference(path: str, step: Values) -> Findings:
    if "templateRef" in step:
        yield Violation(f"{path}.templateRef", "elsewhere", NOT_JUDGED, "judge it where it is declared")


def _patch(path: str, holder: Values) -> Findings:
    patch = text(holder.get("podSpecPatch"))
    if "{{" in patch or argo.parsed(patch) is None:
        yield Violation(f"{path}.podSpecPatch", LATE, NOT_JUDGED)


def _resource(path: str, resource: Values) -> Findings:
    if "manifestFrom" in resource:
        yield Violation(f"{path}.manifestFrom", "elsewhere", NOT_JUDGED, "write it as manifest")
    manifest = text(resource.get("manifest"))
    if "{{" in manifest or argo.parsed(manifest) is None:
        yield Violation(f"{path}.manifest", LATE, NOT_JUDGED)


RULE = ResourceRule(
    id="workload-no-hidden-pods",
    title="Every pod can be judged before it runs.",
    why="What no rule can see is not what every rule lets pass: it is named, so that somebody looks.",
    severity=Severity.MEDIUM,
    frameworks={Framework.NIST_800_53: ("CA-7", "CM-8"), Framework.SOC_2: ("CC7.1",)},
    remedy="write it without expressions",
    kinds=KINDS,
    check=check,
)
