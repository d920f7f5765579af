"""What differs between two declarations of an object, and which differences need a new object."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import cast

from lab.plugins.kubernetes.wire import Path, at
from lab.plugins.values import Values, mapping, sequence


class How(Enum):
    """What happened to a value."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A part of an object that the API server does not change."""

    path: Path
    but: frozenset[str] = frozenset()
    """Fields right below it that may change."""

    def holds(self, path: Path) -> bool:
        """Whether a difference at `path` is one of this part: inside it, or of something that contains it."""
        shared = min(len(path), len(self.path))
        if path[:shared] != self.path[:shared]:
            return False
        return len(path) <= len(self.path) or path[len(self.path)] not in self.but


def _fixed(*paths: str) -> tuple[Fixed, ...]:
    return tuple(Fixed(tuple(path.split("."))) for path in paths)


def _spec_but(*fields: str) -> tuple[Fixed, ...]:
    return (Fixed(("spec",), frozenset(fields)),)


_VOLUME_SOURCES = (
    *(
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "cephfs",
        "cinder",
        "csi",
        "fc",
        "flexVolume",
        "gcePersistentDisk",
    ),
    *("glusterfs", "hostPath", "iscsi", "local", "nfs", "portworxVolume", "rbd", "storageos", "vsphereVolume"),
)
# From the official plugin's table (provider/pkg/provider/diff.go) and the API server's validation; kinds by group.
IMMUTABLE: Mapping[tuple[str, str], tuple[Fixed, ...]] = {
    ("apps", "DaemonSet"): _fixed("spec.selector"),
    ("apps", "Deployment"): _fixed("spec.selector"),
    ("apps", "StatefulSet"): _spec_but(
        *("replicas", "template", "updateStrategy", "minReadySeconds", "ordinals"),
        "persistentVolumeClaimRetentionPolicy",
    ),
    ("batch", "Job"): _spec_but("suspend", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "backoffLimit"),
    ("", "PersistentVolume"): (
        *_fixed(*(f"spec.{source}" for source in _VOLUME_SOURCES)),
        *_fixed("spec.volumeMode", "spec.nodeAffinity"),
    ),
    ("", "PersistentVolumeClaim"): _spec_but("resources", "volumeAttributesClassName"),
    ("", "Pod"): _spec_but("activeDeadlineSeconds", "tolerations"),
    ("", "ResourceQuota"): _fixed("spec.scopes"),
    ("", "Service"): _fixed("spec.clusterIP"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _fixed("spec.group", "spec.scope"),
    ("networking.k8s.io", "IngressClass"): _fixed("spec.controller"),
    ("node.k8s.io", "RuntimeClass"): _fixed("handler"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _fixed("roleRef"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _fixed("roleRef"),
    ("scheduling.k8s.io", "PriorityClass"): _fixed("value", "preemptionPolicy"),
    ("storage.k8s.io", "StorageClass"): _fixed("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    # No controller acts again on these: a changed run is another run.
    ("argoproj.io", "Workflow"): _spec_but("suspend", "shutdown"),
    ("jobset.x-k8s.io", "JobSet"): _spec_but("suspend"),
}
IDENTITY = _fixed("kind", "metadata.name", "metadata.namespace")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutable:
    """Whose content the provider was told to change in place (`enableSecretMutable`, `enableConfigMapMutable`)."""

    secrets: bool = False
    config_maps: bool = False


def differences(old: object, new: object, path: Path = ()) -> Iterator[tuple[Path, How]]:
    """Each value that was added, changed or removed, as deep as both sides have the same shape."""
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = mapping(cast("object", old)), mapping(cast("object", new))
        for key in sorted({*before, *after}):
            if key not in before:
                yield (*path, key), How.ADDED
            elif key not in after:
                yield (*path, key), How.REMOVED
            else:
                yield from differences(before[key], after[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        was, now = sequence(cast("object", old)), sequence(cast("object", new))
        for place in range(max(len(was), len(now))):
            if place >= len(was):
                yield (*path, place), How.ADDED
            elif place >= len(now):
                yield (*path, place), How.REMOVED
            else:
                yield from differences(was[place], now[place], (*path, place))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, How.CHANGED


def replacing(paths: list[Path], old: Values, new: Values, mutable: Mutable) -> list[Path]:
    """Those of the different paths that need a new object."""
    group = group_of(new)
    fixed = [*IDENTITY, *IMMUTABLE.get((group, str(new.get("kind"))), ())]
    if group != group_of(old):
        fixed += _fixed("apiVersion")
    sealed = old.get("immutable") is True
    if (group, new.get("kind")) == ("", "Secret"):
        fixed += _fixed("type")
        if sealed or not mutable.secrets:
            fixed += _fixed("data", "stringData")
    elif (group, new.get("kind")) == ("", "ConfigMap") and (sealed or not mutable.config_maps):
        fixed += _fixed("data", "binaryData")
    if sealed:
        fixed += _fixed("immutable")
    # What contains an immutable part and was added or removed as a whole changes that part only where it had it.
    return [
        path
        for path in paths
        if any(part.holds(path) and _differs(at(old, part.path), at(new, part.path), part) for part in fixed)
    ]


def group_of(values: Values) -> str:
    """The API group of an object; empty for the core group."""
    group, slash, _ = str(values.get("apiVersion", "")).partition("/")
    return group if slash else ""


def dotted(path: Path) -> str:
    """A path as the engine writes it: `spec.containers[0].env`, `metadata.labels["a.b/c"]`."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part}]"
        elif part.isidentifier():
            words += f".{part}" if words else part
        else:
            words += f'["{part}"]'
    return words


def _differs(old: object, new: object, part: Fixed) -> bool:
    if not part.but:
        return old != new
    was, now = mapping(old), mapping(new)
    return any(was.get(key) != now.get(key) for key in {*was, *now} - part.but)
