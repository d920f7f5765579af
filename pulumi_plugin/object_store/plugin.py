"""Buckets and objects as the engine asks for them; it has no configuration: each resource names its store and profile."""

from collections.abc import Callable
from dataclasses import dataclass

from components.object_store.resources import BUCKET, OBJECT
from host.documents import Values
from pulumi_plugin.object_store import bucket, item
from pulumi_plugin.server import Change, Checked, PluginError, Resource, changed_keys
from pulumi_plugin.values import UNKNOWN


@dataclass(frozen=True, slots=True)
class Kind:
    """What the plugin does for one type."""

    violations: Callable[[Values], dict[str, str]]
    """What is wrong with the known inputs, by property."""
    normal: Callable[[Values], Values]
    """Inputs with defaults, as they are kept and compared."""
    outputs: Callable[[Values], Values]
    """The state that follows from inputs alone."""
    create: Callable[[Values], str]
    read: Callable[[str, Values], Values | None]
    update: Callable[[str, Values, Values], object]
    """Brings a resource (id) from its old inputs to its new ones."""
    delete: Callable[[str, Values], None]
    replaced_by: frozenset[str]


KINDS = {
    BUCKET: Kind(
        violations=bucket.violations,
        normal=bucket.normal,
        outputs=lambda inputs: inputs,
        create=bucket.create,
        read=bucket.read,
        update=bucket.update,
        delete=bucket.delete,
        replaced_by=bucket.REPLACED_BY,
    ),
    OBJECT: Kind(
        violations=item.violations,
        normal=item.normal,
        outputs=item.outputs,
        create=item.put,
        read=item.read,
        update=lambda _id, _old, inputs: item.put(inputs),
        delete=item.delete,
        replaced_by=item.REPLACED_BY,
    ),
}


class ObjectStorePlugin:
    """`pulumi_plugin.server.Plugin` for `aifactory:object_store:*`."""

    package = "aifactory"
    version = "0.1.0"

    def configure(self, settings: Values) -> None:
        del settings

    def check(self, resource: Resource, old: Values, new: Values, seed: bytes) -> Checked:
        del old, seed
        kind = KINDS.get(resource.kind)
        if kind is None:
            return Checked(inputs=new, failures={"": f"the plugin aifactory serves {' and '.join(KINDS)} alone"})
        inputs = kind.normal(new)
        known = {key: value for key, value in inputs.items() if value != UNKNOWN}
        return Checked(inputs=inputs, failures=kind.violations(known))

    def diff(self, resource: Resource, old: Values, new: Values) -> Change:
        # A state of an older version lacks what has a default since.
        keys = changed_keys(self._kind(resource).normal(old), new)
        replaces = tuple(key for key in keys if key in self._kind(resource).replaced_by)
        # A bucket that is replaced under its own name must go first; its store refuses where it holds objects.
        return Change(
            keys=keys, replaces=replaces, delete_first=bool(replaces) and "bucket" not in keys and "key" not in keys
        )

    def planned(self, resource: Resource, inputs: Values, state: Values) -> Values:
        del state
        return self._kind(resource).outputs(inputs)

    def create(self, resource: Resource, inputs: Values) -> tuple[str, Values]:
        kind = self._kind(resource)
        return kind.create(inputs), kind.outputs(inputs)

    def read(self, resource: Resource, identity: str, inputs: Values) -> tuple[Values, Values] | None:
        kind = self._kind(resource)
        # Without inputs (`pulumi import`) the store is the one that AWS_PROFILE and AWS_ENDPOINT_URL name.
        found = kind.read(identity, kind.normal(inputs))
        if found is None:
            return None
        return found, {key: value for key, value in found.items() if key != "sha256"}

    def update(self, resource: Resource, identity: str, old: Values, new: Values) -> Values:
        kind = self._kind(resource)
        kind.update(identity, old, new)
        return kind.outputs(new)

    def delete(self, resource: Resource, identity: str, inputs: Values, state: Values) -> None:
        self._kind(resource).delete(identity, inputs or state)

    def invoke(self, token: str, arguments: Values) -> Values:
        raise PluginError(f"{token}: the plugin aifactory has no functions")

    def _kind(self, resource: Resource) -> Kind:
        kind = KINDS.get(resource.kind)
        if kind is None:
            raise PluginError(f"{resource.urn}: no type of the plugin aifactory")
        return kind
