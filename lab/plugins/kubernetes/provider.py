"""What the plugin does with an object: check, compare, apply, wait, delete."""

import hashlib
from threading import Event
from typing import cast

from lab.plugins.kubernetes import readiness
from lab.plugins.kubernetes.api import PACE, Api, Kind
from lab.plugins.server import Change, Checked, PluginFault, Resource, changed_keys
from lab.plugins.values import UNKNOWN, Values, mapping, sequence, text, unknown_in

# Seconds until an object that is being deleted counts as stuck.
DELETED = 300
FORCE = "pulumi.com/patchForce"
# Fields that the API server refuses to change (Kubernetes API reference), or that no controller would act on again.
IMMUTABLE: dict[str, tuple[str, ...]] = {
    "Job": ("spec.template", "spec.selector", "spec.completions", "spec.completionMode"),
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"),
    "PersistentVolume": ("spec.hostPath", "spec.csi", "spec.nfs", "spec.local", "spec.claimRef"),
    "Service": ("spec.clusterIP",),
    "Secret": ("type", "immutable"),
    "ConfigMap": ("immutable",),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "Pod": ("spec",),
    "JobSet": ("spec",),
    "Workflow": ("spec",),
}
IDENTITY = ("apiVersion", "kind", "metadata.name", "metadata.namespace")


class KubernetesPlugin:
    """The plugin, for the one cluster of its provider."""

    package = "kubernetes"
    version = "4.34.2"

    def __init__(self) -> None:
        self._kubeconfig = ""
        self._namespace = "default"
        self._api: Api | None = None

    def configure(self, settings: Values) -> None:
        self._kubeconfig = text(settings.get("kubeconfig")) or "~/.kube/config"
        self._namespace = text(settings.get("namespace")) or "default"

    def check(self, resource: Resource, old: Values, new: Values, seed: bytes) -> Checked:
        metadata = mapping(new.get("metadata"))
        if not metadata.get("name") and not metadata.get("generateName"):
            kept = mapping(old.get("metadata")).get("name")
            metadata["name"] = kept or f"{resource.name}-{seed.hex()[:8]}".lower()
        failures = {} if new.get("kind") else {"kind": f"{resource.kind} has no kind"}
        return Checked(inputs={**new, "metadata": metadata}, failures=failures)

    def diff(self, resource: Resource, old: Values, new: Values) -> Change:
        keys = changed_keys(old, new)
        fixed = (*IDENTITY, *IMMUTABLE.get(text(new.get("kind")), ()))
        replaces = tuple(sorted({path.partition(".")[0] for path in fixed if _at(old, path) != _at(new, path)}))
        same_name = all(_at(old, path) == _at(new, path) for path in IDENTITY)
        return Change(keys=keys, replaces=replaces, delete_first=bool(replaces) and same_name)

    def planned(self, resource: Resource, inputs: Values, state: Values) -> Values:
        # What the server adds to an object is not known before it exists.
        added: Values = {key: value for key, value in state.items() if key in ("status",)}
        return {**({} if state else {"status": UNKNOWN}), **added, **inputs}

    def create(self, resource: Resource, inputs: Values) -> tuple[str, Values]:
        found = self._apply(resource, inputs)
        metadata = mapping(found.get("metadata"))
        name, namespace = text(metadata.get("name")), text(metadata.get("namespace"))
        return (f"{namespace}/{name}" if namespace else name), _state(inputs, found)

    def update(self, resource: Resource, identity: str, old: Values, new: Values) -> Values:
        return _state(new, self._apply(resource, new))

    def read(self, resource: Resource, identity: str, inputs: Values) -> tuple[Values, Values] | None:
        found = self._connect().get(self._path(inputs))
        if found is None:
            return None
        return _state(inputs, found), mapping(_like(inputs, found)) if inputs else found

    def delete(self, resource: Resource, identity: str, inputs: Values, state: Values) -> None:
        api, path = self._connect(), self._path(inputs or state)
        status, answer = api.request("DELETE", path, {"propagationPolicy": "Background"})
        if status == 404:
            return
        api.accepted(status, answer, path)
        paced = Event()
        for _ in range(int(DELETED / PACE)):
            if api.get(path) is None:
                return
            paced.wait(PACE)
        raise PluginFault(f"{identity}: not deleted after {DELETED} s; a finalizer may hold it")

    def invoke(self, token: str, arguments: Values) -> Values:
        raise PluginFault(f"{token}: not served by the lab's kubernetes plugin")

    def _connect(self) -> Api:
        # At the first use: a preview of a cluster that does not exist yet never needs it.
        if self._api is None:
            self._api = Api(self._kubeconfig)
        return self._api

    def _kind(self, inputs: Values) -> Kind:
        return self._connect().kind(text(inputs.get("apiVersion")), text(inputs.get("kind")))

    def _path(self, inputs: Values) -> str:
        metadata = mapping(inputs.get("metadata"))
        return self._kind(inputs).path(text(metadata.get("namespace")) or self._namespace, text(metadata.get("name")))

    def _apply(self, resource: Resource, inputs: Values) -> Values:
        if unknown_in(inputs):
            raise PluginFault(f"{resource.name}: a value is still unknown")
        kind = self._kind(inputs)
        metadata = dict(mapping(inputs.get("metadata")))
        if kind.namespaced:
            metadata["namespace"] = text(metadata.get("namespace")) or self._namespace
        manifest: Values = {**inputs, "metadata": metadata}
        # One manager a resource: what this resource no longer names is removed, what others set stays.
        manager = "pulumi-kubernetes-" + hashlib.sha256(resource.urn.encode()).hexdigest()[:8]
        force = mapping(metadata.get("annotations")).get(FORCE) == "true"
        api = self._connect()
        found = api.apply(self._path(manifest), manifest, manager, force=force)
        return readiness.wait(api, kind, manifest, found)


def _state(inputs: Values, found: Values) -> Values:
    """The live object. A secret's content stays under the keys it was given by, which the engine knows to be secret."""
    metadata = {key: value for key, value in mapping(found.get("metadata")).items() if key != "managedFields"}
    state: Values = {**found, "metadata": metadata}
    if found.get("kind") == "Secret":
        state.pop("data", None)
        state.update({key: inputs[key] for key in ("data", "stringData") if key in inputs})
    return state


def _at(values: Values, path: str) -> object:
    found: object = values
    for part in path.split("."):
        found = mapping(found).get(part)
    return found


def _like(shape: object, found: object) -> object:
    """The part of `found` that `shape` speaks of: what drifted is seen, what the server added is not."""
    if isinstance(shape, dict):
        given, live = mapping(cast("object", shape)), mapping(found)
        # The server folds `stringData` into `data`: it is compared by what was given.
        kept = {key: item for key, item in given.items() if key == "stringData"}
        return kept | {key: _like(item, live[key]) for key, item in given.items() if key in live}
    if isinstance(shape, list):
        live_items = sequence(found)
        pairs = sequence(cast("object", shape))
        if len(live_items) != len(pairs):
            return found
        return [_like(item, live) for item, live in zip(pairs, live_items, strict=True)]
    return found
