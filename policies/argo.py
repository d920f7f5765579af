"""Argo's workflows: the pods of their templates, as they are when defaults and patches are applied."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

import yaml

from policies.resource import UNKNOWN, Values, mapping, sequence, text

# What makes a template one; a workflow's templates are told from other lists of that name by it.
TYPES = ("container", "script", "containerSet", "resource", "dag", "steps", "data", "http", "plugin", "suspend")
TEMPLATE = re.compile(r"templates\[[^\]]*\]$|\.inline$")
# Containers that Argo itself adds to the pods of a template, of its own image.
EXECUTOR = ("init", "wait")
# Settings of a pod that a template has or else its workflow.
INHERITED = (
    *("nodeSelector", "affinity", "tolerations", "securityContext", "serviceAccountName"),
    *("automountServiceAccountToken", "activeDeadlineSeconds", "hostNetwork"),
)


def is_workflow(value: object) -> bool:
    """Whether something is the spec of a workflow, by its shape: Workflows, templates and CronWorkflows have it."""
    found = mapping(value)
    templates = list(map(mapping, sequence(found.get("templates"))))
    if templates:
        return all(isinstance(one, Mapping) for one in sequence(found.get("templates"))) and any(
            key in one for one in templates for key in (*TYPES, "inputs", "podSpecPatch")
        )
    return "workflowTemplateRef" in found and found.get("workflowTemplateRef") is not UNKNOWN


def templates(path: str, spec: Values) -> Iterator[tuple[str, Values]]:
    """Path and content of each template, those inside of steps and tasks among them, with the workflow's defaults."""
    defaults = mapping(spec.get("templateDefaults"))
    for index, one in enumerate(sequence(spec.get("templates"))):
        template = mapping(one)
        yield from _templates(f"{path}.templates[{template.get('name') or index}]", template, defaults)


def steps(path: str, template: Values) -> Iterator[tuple[str, Values]]:
    """Path and content of each step or task of a template."""
    tasks = [*sequence(mapping(template.get("dag")).get("tasks"))]
    # Steps are lists of steps that run together.
    for group in sequence(template.get("steps")):
        tasks += sequence(group) or [group]
    for index, task in enumerate(map(mapping, tasks)):
        yield f"{path}.{'dag.tasks' if 'dag' in template else 'steps'}[{task.get('name') or index}]", task


def pods(path: str, spec: Values) -> Iterator[tuple[str, Values]]:
    """Path and spec of the pod of each template."""
    for at, template in templates(path, spec):
        single = mapping(template.get("container") or template.get("script"))
        several = sequence(mapping(template.get("containerSet")).get("containers"))
        if not single and not several:
            continue
        pod: dict[str, object] = {
            "initContainers": sequence(template.get("initContainers")),
            "containers": [{**single, "name": "main"}] if single else several,
            "sidecars": sequence(template.get("sidecars")),
            "volumes": [*sequence(spec.get("volumes")), *sequence(template.get("volumes"))],
            **{key: template[key] if key in template else spec.get(key) for key in INHERITED},
        }
        for patch in (spec.get("podSpecPatch"), template.get("podSpecPatch")):
            for document in parsed(text(patch)) or []:
                pod = merged(pod, mapping(document))
        pod["containers"] = [_executor(mapping(one)) for one in sequence(pod["containers"])]
        yield at, pod


def is_template(path: str) -> bool:
    """Whether a pod's path is that of a template of Argo's, which has a container of Argo's own beside."""
    return TEMPLATE.search(path) is not None


def documents(path: str, spec: Values) -> Iterator[tuple[str, object]]:
    """Path and content of each Kubernetes object that a template makes."""
    for at, template in templates(path, spec):
        for document in parsed(text(mapping(template.get("resource")).get("manifest"))) or []:
            yield f"{at}.resource.manifest", document


def parsed(written: str) -> list[object] | None:
    """The documents of a text in JSON or YAML; None where it is neither, as an expression of Argo's can make it."""
    if not written.strip():
        return []
    try:
        return [cast("object", json.loads(written))]
    except ValueError:
        pass
    try:
        return [cast("object", document) for document in yaml.safe_load_all(written)]
    except yaml.YAMLError:
        return None


def merged(base: Values, patch: Values) -> dict[str, object]:
    """A strategic merge, as far as pods go: objects by key, named objects by name, anything else is replaced."""
    whole = dict(base)
    for key, value in patch.items():
        if value is None:
            whole.pop(key, None)
        elif isinstance(value, Mapping):
            whole[key] = merged(mapping(whole.get(key)), mapping(cast("object", value)))
        elif _named(value) and _named(whole.get(key)):
            whole[key] = _by_name(sequence(whole[key]), sequence(value))
        else:
            whole[key] = value
    return whole


def _by_name(base: list[object], patch: list[object]) -> list[object]:
    found = {mapping(item).get("name"): mapping(item) for item in base}
    for item in map(mapping, patch):
        found[item.get("name")] = merged(found.get(item.get("name"), {}), item)
    return list(found.values())


def _named(value: object) -> bool:
    items = sequence(value)
    return bool(items) and all("name" in mapping(item) for item in items)


def _templates(path: str, own: Values, defaults: Values) -> Iterator[tuple[str, Values]]:
    types = [key for key in TYPES if key in own]
    # A default of one type says nothing of a template of another.
    whole = merged({key: value for key, value in defaults.items() if key not in TYPES or key in types}, own)
    yield path, whole
    for at, step in steps(path, own):
        inline = mapping(step.get("inline"))
        if inline:
            yield from _templates(f"{at}.inline", inline, defaults)


def _executor(container: Values) -> Values:
    """A container of Argo's own, of which a patch changes a part: its image is Argo's."""
    own = container.get("name") in EXECUTOR and "image" not in container
    return {**container, "image": UNKNOWN} if own else container
