"""What the plugin does with an object: check, preview, apply and wait, read back, delete."""

import base64
from http import HTTPStatus
from threading import Event, Lock
from typing import cast

import yaml

from lab.plugins.kubernetes import drift, kubeconfig, objects, waiting
from lab.plugins.kubernetes.api import Api, Kind, Refused, Unreachable
from lab.plugins.kubernetes.objects import Identity, annotation, described
from lab.plugins.kubernetes.settings import Settings
from lab.plugins.kubernetes.waiting import Tell
from lab.plugins.server import PluginFault, Resource
from lab.plugins.values import UNKNOWN, Values, mapping, text, unknown_in

# In a preview these say that the object is wrong; another refusal may be over by then (its namespace comes with it).
WRONG = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


class Kubernetes:
    """The objects of one cluster. Every method may raise PluginFault."""

    def __init__(self, settings: Settings, cancelled: Event) -> None:
        self.settings = settings
        self._cancelled = cancelled
        self._connection: Api | None = None
        self._namespace = settings.namespace
        self._lock = Lock()

    def check(
        self, resource: Resource, old: Values, new: Values, seed: bytes, proposed: str
    ) -> tuple[Values, dict[str, str]]:
        """Inputs with name and namespace, and what is wrong with them."""
        api_version, kind = text(new.get("apiVersion")), text(new.get("kind"))
        if not api_version or not kind:
            return new, {"kind" if api_version else "apiVersion": "an object has an apiVersion and a kind"}
        if resource.kind.endswith(f":{kind}Patch"):
            return new, {"kind": f"{resource.kind}: patches are served by the official plugin only: declare the object"}
        if kind.endswith("List") and "items" in new:
            return new, {"kind": f"{kind}: lists are served by the official plugin only: declare each object"}
        named = objects.named(resource.name, seed, old, new, proposed)
        metadata = named.get("metadata", {})
        if metadata != UNKNOWN and UNKNOWN not in (api_version, kind):
            within = dict(mapping(metadata))
            if self._namespaced(api_version, kind):
                within["namespace"] = within.get("namespace") or self.default_namespace()
            else:
                within.pop("namespace", None)
            named = {**named, "metadata": within}
        return named, {}

    def canonical(self, inputs: Values) -> Values:
        """Inputs for comparison: an object that names no namespace is in the default one."""
        metadata = inputs.get("metadata", {})
        if metadata == UNKNOWN or text(inputs.get("kind")) in objects.CLUSTER_WIDE:
            return inputs
        return {**inputs, "metadata": {"namespace": self.default_namespace(), **mapping(metadata)}}

    def preview(self, resource: Resource, inputs: Values, identity: str, state: Values, tell: Tell) -> Values:
        """The state as it will be: asked of the server where it can tell, else what was declared."""
        expected = _expected(inputs, state)
        if unknown_in(inputs):
            return expected
        try:
            api = self._api()
            kind = api.kind(text(inputs.get("apiVersion")), text(inputs.get("kind")))
            if kind is None:
                return expected
            wanted = self._identity(kind, inputs, identity)
            path = kind.path(wanted.namespace, wanted.name)
            # What stands in the way of a new object may be the one that it replaces.
            if not wanted.name or (not identity and api.get(path)):
                return expected
            manager = objects.manager(resource.urn, inputs, state)
            live, warnings = api.apply(
                path, objects.manifest(inputs, wanted), manager, force=not identity or self._force(inputs), dry_run=True
            )
        except Refused as refused:
            if refused.status not in WRONG or "dry run" in str(refused):
                return expected
            raise self._worded(refused, inputs) from refused
        except PluginFault:
            # A preview needs no cluster; the `up` tells what is wrong with it.
            return expected
        for warning in warnings:
            tell(warning)
        return _state(inputs, live, manager) if identity else expected

    def create(self, resource: Resource, inputs: Values, timeout: float, tell: Tell) -> tuple[str, Values]:
        """Makes the object and waits until it is ready; its ID and state. NotReady where it exists and is not."""
        seconds = waiting.patience(inputs, timeout)
        kind = self._kind(inputs)
        api, wanted = self._api(), self._identity(kind, inputs, "")
        path, manager = kind.path(wanted.namespace, wanted.name), objects.manager(resource.urn, inputs, {})
        standing = api.get(path)
        if standing and mapping(standing.get("metadata")).get("deletionTimestamp"):
            tell("waiting: the one before it is being deleted")
            waiting.until_gone(api, path, standing, seconds, self._cancelled)
            standing = None
        if standing:
            self._adopt(standing, manager, inputs)
        live = self._apply(path, inputs, wanted, manager, tell, force=standing is not None)
        return str(Identity.of(live)), self._ready(kind, inputs, live, manager, seconds, tell)

    def update(
        self, resource: Resource, identity: str, inputs: Values, state: Values, timeout: float, tell: Tell
    ) -> Values:
        """Brings the object to its inputs and waits until it is ready; its state."""
        seconds, kind = waiting.patience(inputs, timeout), self._kind(inputs)
        wanted, manager = self._identity(kind, inputs, identity), objects.manager(resource.urn, inputs, state)
        live = self._apply(kind.path(wanted.namespace, wanted.name), inputs, wanted, manager, tell)
        return self._ready(kind, inputs, live, manager, seconds, tell)

    def read(self, resource: Resource, identity: str, inputs: Values, state: Values) -> tuple[Values, Values] | None:
        """State and inputs as they stand in the cluster; None where the object is gone."""
        api, about = self._api(), _about(resource, inputs or state)
        kind = api.kind(*about)
        if kind is None:
            return None
        found = Identity.parse(identity, self.default_namespace() if kind.namespaced else "")
        live = api.get(kind.path(found.namespace, found.name))
        if live is None:
            return None
        manager = objects.manager(resource.urn, inputs, state)
        return _state(inputs, live, manager), drift.declared(inputs, live)

    def delete(self, resource: Resource, identity: str, state: Values, timeout: float, tell: Tell) -> None:
        """Deletes the object and waits until it is gone. One that is gone already is what was asked for."""
        try:
            api = self._api()
            kind = api.kind(*_about(resource, state))
        except Unreachable as fault:
            if not self.settings.delete_unreachable:
                raise
            tell(f"forgotten without being deleted: {fault}")
            return
        if kind is None:
            return
        found = Identity.parse(identity, self.default_namespace() if kind.namespaced else "")
        path, asked = kind.path(found.namespace, found.name), annotation(state, objects.DELETION).capitalize()
        propagation = asked if asked in ("Orphan", "Background") else "Foreground"
        live = api.get(path)
        if live is None or not api.delete(path, propagation) or annotation(state, objects.SKIP_AWAIT) == "true":
            return
        waiting.until_gone(api, path, live, waiting.patience(state, timeout), self._cancelled)

    def invoke(self, token: str, arguments: Values) -> Values:
        """Of the official plugin's functions the one that `yaml.ConfigFile` and `ConfigGroup` need."""
        if token != "kubernetes:yaml:decode":
            raise PluginFault(f"{token}: is served by the official plugin only")
        try:
            documents = [cast("object", found) for found in yaml.safe_load_all(text(arguments.get("text")))]
        except yaml.YAMLError as error:
            raise PluginFault(f"{token}: {error}") from error
        found = [mapping(document) for document in documents if document]
        if namespace := text(arguments.get("defaultNamespace")):
            for document in found:
                if text(document.get("kind")) not in objects.CLUSTER_WIDE:
                    document["metadata"] = {"namespace": namespace, **mapping(document.get("metadata"))}
        return {"result": found}

    def default_namespace(self) -> str:
        """Of objects that name none: the provider's, else the kubeconfig's, else `default`."""
        if not self._namespace and self.settings.kubeconfig != UNKNOWN:
            try:
                self._namespace = self._access().namespace
            except PluginFault:
                return "default"
        return self._namespace or "default"

    def _access(self) -> kubeconfig.Access:
        settings = self.settings
        return kubeconfig.access(settings.kubeconfig, settings.context, settings.cluster)

    def _api(self) -> Api:
        # At the first use: a cluster that is made by the same program has no kubeconfig yet in its first preview.
        with self._lock:
            if self._connection is None:
                if self.settings.kubeconfig == UNKNOWN:
                    raise PluginFault("the provider's kubeconfig is not known yet")
                self._connection = Api(self._access(), self._cancelled)
            return self._connection

    def _kind(self, inputs: Values) -> Kind:
        api_version, kind = text(inputs.get("apiVersion")), text(inputs.get("kind"))
        return waiting.until_known(self._api(), api_version, kind, self._cancelled)

    def _namespaced(self, api_version: str, kind: str) -> bool:
        if (api_version.partition("/")[0] if "/" in api_version else "") in objects.BUILT_IN:
            return kind not in objects.CLUSTER_WIDE
        try:
            found = self._api().kind(api_version, kind)
        except PluginFault:
            found = None
        # Most are, as the official plugin assumes too; `_identity` corrects it once the kind is known.
        return found is None or found.namespaced

    def _identity(self, kind: Kind, inputs: Values, known: str) -> Identity:
        metadata = mapping(inputs.get("metadata"))
        namespace = text(metadata.get("namespace")) or self.default_namespace()
        name = Identity.parse(known, "").name or text(metadata.get("name"))
        if not name and (prefix := text(metadata.get("generateName"))):
            name = objects.generated(prefix)
        return Identity(namespace if kind.namespaced else "", name)

    def _force(self, inputs: Values) -> bool:
        return self.settings.force or annotation(inputs, objects.PATCH_FORCE) == "true"

    def _adopt(self, standing: Values, manager: str, inputs: Values) -> None:
        entries = cast("list[Values]", mapping(standing.get("metadata")).get("managedFields") or [])
        managers = {text(entry.get("manager")) for entry in entries}
        if manager not in managers and not self._force(inputs) and not self.settings.upsert:
            raise PluginFault(
                f"{described(standing)} already exists in the cluster, made by "
                f"{', '.join(sorted(managers)) or 'others'}: give this one another name, "
                f'take that one over with `pulumi import`, or set its annotation {objects.PATCH_FORCE} to "true"'
            )

    def _apply(
        self, path: str, inputs: Values, wanted: Identity, manager: str, tell: Tell, *, force: bool = False
    ) -> Values:
        manifest = objects.manifest(inputs, wanted)
        try:
            live, warnings = self._api().apply(path, manifest, manager, force=force or self._force(inputs))
        except Refused as refused:
            raise self._worded(refused, manifest) from refused
        for warning in warnings:
            tell(warning)
        return live

    def _worded(self, refused: Refused, inputs: Values) -> PluginFault:
        message = " ".join(str(refused).split())
        remedy = ""
        if refused.status == HTTPStatus.CONFLICT and "conflict" in message:
            remedy = f'; leave those fields to their manager, or set the annotation {objects.PATCH_FORCE} to "true"'
        elif refused.status == HTTPStatus.NOT_FOUND and "namespaces" in message:
            remedy = "; declare the Namespace, and let this object take its name from it"
        return PluginFault(f"{described(inputs)}: {message}{remedy}")

    def _ready(self, kind: Kind, inputs: Values, live: Values, manager: str, seconds: float, tell: Tell) -> Values:
        try:
            live = waiting.until_ready(self._api(), kind, inputs, live, seconds, self._cancelled, tell)
        except waiting.NotReady as fault:
            fault.live = _state(inputs, fault.live, manager)
            raise
        except PluginFault as fault:
            # The object stands, so the state must know it.
            raise waiting.NotReady(_state(inputs, live, manager), [str(fault)]) from fault
        return _state(inputs, live, manager)


def _about(resource: Resource, values: Values) -> tuple[str, str]:
    """API version and kind of an object; of its type token where nothing else is known (`pulumi import`)."""
    _, group_version, kind = resource.kind.split(":", 2)
    return (
        text(values.get("apiVersion")) or group_version.removeprefix("core/"),
        text(values.get("kind")) or kind,
    )


def _state(inputs: Values, live: Values, manager: str) -> Values:
    """A live object as the state keeps it."""
    metadata = {key: value for key, value in mapping(live.get("metadata")).items() if key != "managedFields"}
    state: Values = {**live, "metadata": metadata, "__fieldManager": manager}
    if "stringData" in inputs:
        # The server folds it into `data` and never gives it back.
        state["stringData"] = inputs["stringData"]
    return {**state, "__initialApiVersion": inputs.get("apiVersion", live.get("apiVersion"))}


def _expected(inputs: Values, state: Values) -> Values:
    """The state that follows from the inputs alone."""
    expected: Values = {"status": state.get("status") if state else UNKNOWN, **inputs}
    if state and (metadata := inputs.get("metadata", {})) != UNKNOWN:
        expected["metadata"] = {**mapping(state.get("metadata")), **mapping(metadata)}
    texts = mapping(inputs.get("stringData"))
    if texts and not unknown_in(texts):
        coded = {key: base64.b64encode(text(value).encode()).decode() for key, value in texts.items()}
        expected["data"] = {**mapping(inputs.get("data")), **coded}
    return {key: value for key, value in expected.items() if value is not None}
