"""Where pods hide in Kubernetes objects."""

import json
from collections.abc import Iterator
from typing import cast

from policies.judged import Judged, Values, mapping, sequence

CONTROLLERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")


def pods(judged: Judged) -> Iterator[tuple[str, Values]]:
    """Path and spec of each pod that a Kubernetes object makes."""
    if judged.kind.startswith("kubernetes:"):
        yield from _pods(judged.kind.rpartition(":")[2], judged.props)


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
    elif kind in CONTROLLERS:
        yield "spec.template.spec", _template(spec)
    elif kind == "CronJob":
        yield "spec.jobTemplate.spec.template.spec", _template(mapping(mapping(spec.get("jobTemplate")).get("spec")))
    elif kind == "JobSet":
        for job in map(mapping, sequence(spec.get("replicatedJobs"))):
            path = f"spec.replicatedJobs[{job.get('name')}].template.spec.template.spec"
            yield path, _template(mapping(mapping(job.get("template")).get("spec")))
    elif kind in ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"):
        yield from _steps("spec", spec)
    elif kind == "CronWorkflow":
        yield from _steps("spec.workflowSpec", mapping(spec.get("workflowSpec")))


def _steps(path: str, spec: Values) -> Iterator[tuple[str, Values]]:
    for template in map(mapping, sequence(spec.get("templates"))):
        at = f"{path}.templates[{template.get('name')}]"
        single = template.get("container") or template.get("script")
        several = sequence(mapping(template.get("containerSet")).get("containers"))
        if single or several:
            extra = [*sequence(template.get("initContainers")), *sequence(template.get("sidecars"))]
            yield at, {**template, "initContainers": extra, "containers": [single] if single else several}
        manifest = mapping(template.get("resource")).get("manifest")
        if isinstance(manifest, str):
            made = _document(manifest)
            for inside, pod in _pods(str(made.get("kind")), made):
                yield f"{at}.resource.manifest.{inside}", pod


def _document(manifest: str) -> Values:
    try:
        return mapping(cast("object", json.loads(manifest)))
    except ValueError:
        # A manifest in YAML is judged too, only more slowly.
        import yaml

        return mapping(cast("object", yaml.safe_load(manifest)))


def _template(spec: Values) -> Values:
    return mapping(mapping(spec.get("template")).get("spec"))
