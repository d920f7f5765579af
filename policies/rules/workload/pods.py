"""Where pods hide in Kubernetes objects."""

import json
from collections.abc import Iterator
from typing import cast

import yaml

from policies.resource import PolicyResource, Values, mapping, sequence

CONTROLLERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")
TEMPLATES = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate")
# What a kind of template runs that starts a pod of its own.
RUNS = ("container", "script", "containerSet", "http", "plugin", "data")


def pods(resource: PolicyResource) -> Iterator[tuple[str, Values]]:
    """Path and spec of each pod that a Kubernetes object makes."""
    if resource.kind.startswith("kubernetes:"):
        yield from _pods(resource.kind.rpartition(":")[2], resource.props)


def hidden(resource: PolicyResource) -> Iterator[str]:
    """Paths of what makes pods that cannot be seen in the object: references to elsewhere, and texts that are filled in later."""
    if resource.kind.startswith("kubernetes:"):
        yield from _hidden(resource.kind.rpartition(":")[2], resource.props)


def containers(path: str, pod: Values) -> Iterator[tuple[str, Values]]:
    """Path and spec of each container of a pod."""
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(sequence(pod.get(part))):
            name = mapping(container).get("name") or index
            yield f"{path}.{part}[{name}]", mapping(container)


def _pods(kind: str, values: Values) -> Iterator[tuple[str, Values]]:
    spec = mapping(values.get("spec"))
    if kind == "Pod":
        yield "spec", spec
    elif kind == "PodTemplate":
        yield "template.spec", _template(values)
    elif kind in CONTROLLERS:
        yield "spec.template.spec", _template(spec)
    elif kind == "CronJob":
        yield "spec.jobTemplate.spec.template.spec", _template(mapping(mapping(spec.get("jobTemplate")).get("spec")))
    elif kind == "JobSet":
        for job in map(mapping, sequence(spec.get("replicatedJobs"))):
            path = f"spec.replicatedJobs[{job.get('name')}].template.spec.template.spec"
            yield path, _template(mapping(mapping(job.get("template")).get("spec")))
    elif kind == "List" or kind.endswith("List"):
        for index, item in enumerate(map(mapping, sequence(values.get("items")))):
            for path, pod in _pods(str(item.get("kind")), item):
                yield f"items[{index}].{path}", pod
    elif workflow := _workflow(kind, spec):
        yield from _steps(*workflow)


def _hidden(kind: str, values: Values) -> Iterator[str]:
    if not (workflow := _workflow(kind, mapping(values.get("spec")))):
        return
    path, spec = workflow
    for name in ("workflowTemplateRef", "clusterWorkflowTemplateRef"):
        if spec.get(name):
            yield f"{path}.{name}"
    if _is_filled_in(spec.get("podSpecPatch")):
        yield f"{path}.podSpecPatch"
    for at, template in _templates(path, spec):
        if _is_filled_in(template.get("podSpecPatch")):
            yield f"{at}.podSpecPatch"
        for step in _references(template):
            yield f"{at}.{step}.templateRef"
        manifest = mapping(template.get("resource")).get("manifest")
        if isinstance(manifest, str) and _documents(manifest) is None:
            yield f"{at}.resource.manifest"
        if mapping(template.get("resource")).get("manifestFrom"):
            yield f"{at}.resource.manifestFrom"


def _workflow(kind: str, spec: Values) -> tuple[str, Values] | None:
    if kind in TEMPLATES:
        return "spec", spec
    return ("spec.workflowSpec", mapping(spec.get("workflowSpec"))) if kind == "CronWorkflow" else None


def _templates(path: str, spec: Values) -> Iterator[tuple[str, Values]]:
    """Each template with the workflow's defaults below it."""
    defaults = mapping(spec.get("templateDefaults"))
    for template in map(mapping, sequence(spec.get("templates"))):
        at = f"{path}.templates[{template.get('name')}]"
        yield at, template
        for inner in _inline(template):
            yield from _templates(at, {"templates": [inner], "templateDefaults": defaults})


def _steps(path: str, spec: Values) -> Iterator[tuple[str, Values]]:
    for at, given in _templates(path, spec):
        # A default for a container makes no pod of a template that runs something else.
        defaults = {
            key: value
            for key, value in mapping(spec.get("templateDefaults")).items()
            if key not in RUNS or given.get(key) is not None
        }
        template = _merged(defaults, given)
        single = template.get("container") or template.get("script")
        several = sequence(mapping(template.get("containerSet")).get("containers"))
        if single or several:
            extra = [*sequence(template.get("initContainers")), *sequence(template.get("sidecars"))]
            named = [{"name": "main", **mapping(single)}] if single else several
            pod: Values = {**mapping(spec), **template, "initContainers": extra, "containers": named}
            # The workflow's patch first, then the template's own, which therefore wins.
            for patch in (spec.get("podSpecPatch"), template.get("podSpecPatch")):
                pod = _patched(pod, patch)
            yield at, pod
        manifest = mapping(template.get("resource")).get("manifest")
        if isinstance(manifest, str):
            for made in _documents(manifest) or []:
                for inside, pod in _pods(str(made.get("kind")), made):
                    yield f"{at}.resource.manifest.{inside}", pod


def _inline(template: Values) -> Iterator[Values]:
    """Templates that steps and tasks hold themselves."""
    for _, step in _named_steps(template):
        if inline := mapping(step.get("inline")):
            yield {"name": step.get("name"), **inline}


def _references(template: Values) -> Iterator[str]:
    yield from (path for path, step in _named_steps(template) if step.get("templateRef"))


def _named_steps(template: Values) -> Iterator[tuple[str, Values]]:
    for group in sequence(template.get("steps")):
        for step in map(mapping, sequence(group) or [group]):
            yield f"steps[{step.get('name')}]", step
    for task in map(mapping, sequence(mapping(template.get("dag")).get("tasks"))):
        yield f"dag.tasks[{task.get('name')}]", task


def _documents(text: str) -> list[Values] | None:
    """The objects of a manifest, in JSON or in YAML, of which there may be several; None where it is neither."""
    try:
        return [mapping(cast("object", json.loads(text)))]
    except ValueError:
        pass
    try:
        return [mapping(document) for document in cast("Iterator[object]", yaml.safe_load_all(text)) if document]
    except yaml.YAMLError:
        return None


def _is_filled_in(patch: object) -> bool:
    """Whether a patch holds expressions outside of its values, or is no document, so that what it does is not known yet."""
    return isinstance(patch, str) and bool(patch) and ("{{" in patch or _documents(patch) is None)


def _patched(pod: Values, patch: object) -> Values:
    documents = _documents(patch) if isinstance(patch, str) and patch else None
    return _merged(pod, documents[0]) if documents else pod


def _merged(base: Values, over: Values) -> Values:
    """Kubernetes' strategic merge: objects key by key, lists of named things by name, anything else replaced."""
    merged = dict(base)
    for key, value in over.items():
        before = merged.get(key)
        if mapping(value) and mapping(before):
            merged[key] = _merged(mapping(before), mapping(value))
        elif _is_named(value) and _is_named(before):
            found = {str(mapping(item)["name"]): mapping(item) for item in sequence(before)}
            for item in map(mapping, sequence(value)):
                name = str(item["name"])
                found[name] = _merged(found.get(name, {}), item)
            merged[key] = list(found.values())
        else:
            merged[key] = value
    return merged


def _is_named(value: object) -> bool:
    items = sequence(value)
    return bool(items) and all("name" in mapping(item) for item in items)


def _template(spec: Values) -> Values:
    return mapping(mapping(spec.get("template")).get("spec"))
