"""What no rule can see is not what every rule lets pass: it is named, so that somebody looks."""

from collections.abc import Iterator

from policies.resource import PolicyResource, Values, mapping, sequence, text
from policies.rules.workload import argo, secrets
from policies.rules.workload.pods import containers, pods, workflows

RELEASE = "kubernetes:helm.sh/v3:Release"


def violations(resource: PolicyResource) -> Iterator[str]:
    """Places whose pods are made of what is not part of the resource."""
    if resource.kind == RELEASE:
        yield "the objects of a Release are seen by Helm alone: not judged; declare the chart by helm.v4.Chart"
    for at, pod in pods(resource):
        for path, container in containers(at, pod):
            for variable in map(mapping, sequence(container.get("env"))):
                if secrets.is_named(text(variable.get("name"))) and "{{" in text(variable.get("value")):
                    rule = "is known only when it runs: not judged; take it from a Secret (valueFrom, or a file)"
                    yield f"{path}.env[{text(variable.get('name'))}] {rule}"
    for path, spec in workflows(resource):
        yield from _workflow(path, spec)


def _workflow(path: str, spec: Values) -> Iterator[str]:
    if "workflowTemplateRef" in spec:
        yield f"{path}.workflowTemplateRef names templates that stand elsewhere: not judged; judge them where they are declared"
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


def _reference(path: str, step: Values) -> Iterator[str]:
    if "templateRef" in step:
        yield f"{path}.templateRef names a template that exists elsewhere: not judged; judge it where it is declared"


def _patch(path: str, holder: Values) -> Iterator[str]:
    patch = text(holder.get("podSpecPatch"))
    if "{{" in patch or argo.parsed(patch) is None:
        yield f"{path}.podSpecPatch is known only when it runs: not judged as a whole; write it without expressions"


def _resource(path: str, resource: Values) -> Iterator[str]:
    if "manifestFrom" in resource:
        yield f"{path}.manifestFrom names an object that is not part of this one: not judged; write it as manifest"
    manifest = text(resource.get("manifest"))
    if "{{" in manifest or argo.parsed(manifest) is None:
        yield f"{path}.manifest is known only when it runs: not judged as a whole; write it without expressions"
