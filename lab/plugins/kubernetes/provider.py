"""What the plugin does with an object: check, compare, apply, wait, delete."""

import hashlib
from threading import Event

from host.documents import Values, mapping, sequence, text
from lab.plugins.kubernetes import live, readiness
from lab.plugins.kubernetes.api import FORCE, NEW_KIND, PACE, Api, Kind
from pulumi_plugin.server import Change, Checked, NotReady, PluginError, Resource, changed_keys
from pulumi_plugin.values import UNKNOWN, unknown_in

# Seconds until an object that is being deleted counts as stuck.
DELETED = 300
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
        failures = _faults(resource, new)
        metadata = dict(mapping(new.get("metadata")))
        if not metadata.get("name"):
            kept = mapping(old.get("metadata")).get("name")
            metadata["name"] = kept or f"{resource.name}-{seed.hex()[:8]}".lower()
        return Checked(inputs={**new, "metadata": metadata}, failures=failures)

    def diff(self, resource: Resource, old: Values, new: Values) -> Change:
        if _at(old, "metadata.uid"):
            # An import compares what is declared with all that is live.
            old = live.like(new, old)
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
        return _identity(found), live.state(inputs, found)

    def update(self, resource: Resource, identity: str, old: Values, new: Values) -> Values:
        return live.state(new, self._apply(resource, new))

    def read(self, resource: Resource, identity: str, inputs: Values) -> tuple[Values, Values] | None:
        path = self._live_path(inputs or _named(resource, identity))
        found = self._connect().get(path) if path else None
        if found is None:
            return None
        return live.state(inputs, found), live.like(inputs, found) if inputs else found

    def delete(self, resource: Resource, identity: str, inputs: Values, state: Values) -> None:
        api, path = self._connect(), self._live_path(inputs or state)
        standing = api.get(path) if path else None
        if path is None or standing is None:
            return
        status, answer = api.request("DELETE", path, {"propagationPolicy": "Background"})
        if status == 404:
            return
        api.accepted(status, answer, path)
        self._wait_until_gone(path, standing, _patience(inputs, DELETED))

    def invoke(self, token: str, arguments: Values) -> Values:
        raise PluginError(f"{token}: not served by the lab's kubernetes plugin")

    def _connect(self) -> Api:
        # At the first use: a preview of a cluster that does not exist yet never needs it.
        if self._api is None:
            self._api = Api(self._kubeconfig)
        return self._api

    def _namespace_of(self, inputs: Values) -> str:
        return text(_at(inputs, "metadata.namespace")) or self._namespace

    def _live_path(self, inputs: Values) -> str | None:
        """Where an object is; None where its kind is gone, and all objects of the kind with it."""
        kind = self._connect().known(text(inputs.get("apiVersion")), text(inputs.get("kind")))
        return kind.path(self._namespace_of(inputs), text(_at(inputs, "metadata.name"))) if kind else None

    def _apply(self, resource: Resource, inputs: Values) -> Values:
        if unknown_in(inputs):
            raise PluginError(f"{resource.name}: a value is still unknown")
        api = self._connect()
        patience = _patience(inputs, NEW_KIND)
        kind = api.kind(text(inputs.get("apiVersion")), text(inputs.get("kind")), patience)
        metadata = dict(mapping(inputs.get("metadata")))
        if kind.namespaced:
            metadata["namespace"] = self._namespace_of(inputs)
        manifest: Values = {**inputs, "metadata": metadata}
        path = kind.path(self._namespace_of(inputs), text(metadata.get("name")))
        # One manager a resource: what this resource no longer names is removed, what others set stays.
        manager = "pulumi-kubernetes-" + hashlib.sha256(resource.urn.encode()).hexdigest()[:8]
        force = mapping(metadata.get("annotations")).get(FORCE) == "true"
        standing = api.get(path)
        if standing and _at(standing, "metadata.deletionTimestamp"):
            # What is applied to it would go with it.
            self._wait_until_gone(path, standing, _patience(inputs, DELETED))
        found = api.apply(path, manifest, manager, force=force)
        return self._ready(api, kind, manifest, found)

    def _ready(self, api: Api, kind: Kind, manifest: Values, found: Values) -> Values:
        try:
            return readiness.wait(api, kind, manifest, found)
        except PluginError as fault:
            raise NotReady(str(fault), _identity(found), live.state(manifest, found)) from fault

    def _wait_until_gone(self, path: str, gone: Values, patience: float) -> None:
        """Raises PluginError, with what holds it, where the object `gone` outlives its deletion."""
        api, paced = self._connect(), Event()
        found = api.get(path)
        for _ in range(max(1, int(patience / PACE))):
            # Another of its name is not it: controllers make some objects again, e.g. a namespace's default account.
            if found is None or _at(found, "metadata.uid") != _at(gone, "metadata.uid"):
                return
            paced.wait(PACE)
            found = api.get(path)
        last = found or gone
        held = [text(one) for one in sequence(_at(last, "metadata.finalizers"))]
        said = [
            text(mapping(condition).get("message"))
            for condition in sequence(_at(last, "status.conditions"))
            if mapping(condition).get("status") == "True"
        ]
        why = f"its finalizers hold it: {', '.join(held)}" if held else "something in it holds it"
        raise PluginError("\n    ".join([f"{path}: being deleted, and not gone after {patience:g} s; {why}", *said]))


def _faults(resource: Resource, inputs: Values) -> dict[str, str]:
    """What cannot be served of a declaration, by property."""
    faults: dict[str, str] = {}
    kind = resource.kind.rpartition(":")[2]
    if not inputs.get("kind") or not inputs.get("apiVersion"):
        faults["kind"] = f"{resource.kind} is no object of Kubernetes: it has no apiVersion and kind"
    elif kind != inputs.get("kind") or kind.endswith("List"):
        faults["kind"] = f"{resource.kind} is not served beside a built engine; declare single objects, whole"
    if prefix := _at(inputs, "metadata.generateName"):
        faults["metadata"] = (
            f"generateName = {prefix}: server-side apply asks for a name; set name, or none for Pulumi's"
        )
    given = mapping(_at(inputs, "metadata.annotations")).get(readiness.TIMEOUT)
    if given is not None and not unknown_in(given) and not (isinstance(given, str) and given.isdecimal()):
        faults["metadata"] = f'{readiness.TIMEOUT} = {given!r}: is a whole number of seconds, as text, e.g. "600"'
    return faults


def _patience(inputs: Values, otherwise: float) -> float:
    """How many seconds an object is waited for."""
    given = text(mapping(_at(inputs, "metadata.annotations")).get(readiness.TIMEOUT))
    return float(given) if given else otherwise


def _identity(found: Values) -> str:
    name, namespace = text(_at(found, "metadata.name")), text(_at(found, "metadata.namespace"))
    return f"{namespace}/{name}" if namespace else name


def _named(resource: Resource, identity: str) -> Values:
    """Which object an import means: its kind by the type token, `kubernetes:apps/v1:Deployment`, and its name by the id."""
    _, group_version, kind = resource.kind.split(":")
    namespace, _, name = identity.rpartition("/")
    return {
        "apiVersion": group_version.removeprefix("core/"),
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
    }


def _at(values: Values, path: str) -> object:
    found: object = values
    for part in path.split("."):
        found = mapping(found).get(part)
    return found
