"""One case of a rule, and the pods that cases are about."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from policies.resource import PolicyResource, Values
from policies.rule import Config

DIGEST = "registry.example.org/image@sha256:" + "0" * 64


class Deleted:
    """Stands for a property that is taken away."""


DELETED = Deleted()
EMPTY: dict[str, object] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Properties that keep a rule, and changes of them that break it, or hide what it needs."""

    rule: str
    kind: str
    good: Mapping[str, object]
    bad: tuple[tuple[str, object], ...]
    """Path and value of each change that breaks the rule."""
    unknown: tuple[str, ...] = ()
    """Paths that, unknown, leave it undecided."""
    within: str = ""
    """Type of the component that holds the resource."""
    config: Config = field(default_factory=dict[str, object])
    protected: bool = True
    provider: Values = field(default_factory=dict[str, object])

    def resource(self, props: Values) -> PolicyResource:
        """A resource of the case."""
        path = f"{self.within}${self.kind}" if self.within else self.kind
        urn = f"urn:pulumi:aws.platform::aifactory::{path}::one"
        return PolicyResource(kind=self.kind, props=props, urn=urn, protected=self.protected, provider=self.provider)


def changed(props: Mapping[str, object], path: str, value: object) -> dict[str, object]:
    """Properties with another value at a path, or without it."""
    whole = _changed(copy.deepcopy(dict(props)), path.split("."), value)
    return cast("dict[str, object]", whole)


def _changed(holder: object, keys: list[str], value: object) -> object:
    key, *rest = keys
    if isinstance(holder, list):
        items = cast("list[object]", holder)
        index = int(key)
        if isinstance(value, Deleted) and not rest:
            return [*items[:index], *items[index + 1 :]]
        return [*items[:index], _changed(items[index], rest, value) if rest else value, *items[index + 1 :]]
    values = {**cast("dict[str, object]", holder)}
    if isinstance(value, Deleted) and not rest:
        values.pop(key, None)
    else:
        values[key] = _changed(values.get(key, {}), rest, value) if rest else value
    return values


CONTAINER: dict[str, object] = {
    "name": "main",
    "image": DIGEST,
    "command": ["python3", "-m", "app"],
    "resources": {
        "requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"},
        "limits": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"},
    },
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}
POD: dict[str, object] = {
    "containers": [CONTAINER],
    "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
    "serviceAccountName": "app",
    "automountServiceAccountToken": False,
    "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
}
GPU_CONTAINER: dict[str, object] = {
    **CONTAINER,
    "resources": {
        "requests": {"cpu": "8", "memory": "64Gi", "vpc.amazonaws.com/efa": "4", "hugepages-2Mi": "5120Mi"},
        "limits": {
            "cpu": "8",
            "memory": "64Gi",
            "nvidia.com/gpu": "1",
            "vpc.amazonaws.com/efa": "4",
            "hugepages-2Mi": "5120Mi",
        },
    },
}
GPU_POD: dict[str, object] = {
    **POD,
    "containers": [GPU_CONTAINER],
    "nodeSelector": {"aifactory/pool": "gpu"},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "volumes": [{"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "16Gi"}}],
}
PROBE: dict[str, object] = {"httpGet": {"path": "/health", "port": "http"}}
SERVER_POD: dict[str, object] = {
    **POD,
    "initContainers": [
        {
            **CONTAINER,
            "name": "fetch",
            "env": [{"name": "SIGNING_PUBLIC_KEY_FILE", "value": "/etc/signing/public.pem"}],
        }
    ],
    "containers": [
        {
            **CONTAINER,
            "name": "vllm",
            "command": ["python3", "-m", "vllm.entrypoints.openai.api_server"],
            "args": ["--model", "/model", "--host", "127.0.0.1", "--max-model-len", "4096", "--max-num-seqs", "64"],
            "env": [{"name": "HF_HUB_OFFLINE", "value": "1"}],
            "volumeMounts": [{"name": "model", "mountPath": "/model", "readOnly": True}],
            "readinessProbe": PROBE,
            "livenessProbe": PROBE,
            "startupProbe": PROBE,
        },
        {**CONTAINER, "name": "gateway", "command": ["python3", "-m", "app.gateway"], "readinessProbe": PROBE},
    ],
}


def deployment(pod: Mapping[str, object], **spec: object) -> dict[str, object]:
    """A Deployment of a pod."""
    return {
        "kind": "Deployment",
        "metadata": {"name": "app", "namespace": "factory"},
        "spec": {"replicas": 2, **spec, "template": {"spec": pod}},
    }


def job_set(pod: Mapping[str, object], **spec: object) -> dict[str, object]:
    """A JobSet of a pod."""
    job: dict[str, object] = {
        "parallelism": 2,
        "backoffLimit": 0,
        "template": {"spec": {**pod, "restartPolicy": "Never"}},
    }
    jobs = [{"name": "worker", "template": {"spec": job}}]
    return {
        "kind": "JobSet",
        "metadata": {"name": "train", "namespace": "factory", "labels": {"kueue.x-k8s.io/queue-name": "gpu"}},
        "spec": {"failurePolicy": {"maxRestarts": 2}, **spec, "replicatedJobs": jobs},
    }


def workflow_of(**template: object) -> dict[str, object]:
    """A Workflow of one template."""
    one = {"name": "train", "retryStrategy": {"limit": "2"}, **template}
    return {"kind": "Workflow", "spec": {"entrypoint": "train", "activeDeadlineSeconds": 86400, "templates": [one]}}


def policy_of(*statements: Mapping[str, object]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
