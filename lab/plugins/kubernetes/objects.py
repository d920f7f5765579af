"""Objects as the plugin handles them: their identity, annotations and names."""

import hashlib
import secrets
from dataclasses import dataclass

from lab.plugins.values import UNKNOWN, Values, mapping, text

AUTONAMED = "pulumi.com/autonamed"
DELETION = "pulumi.com/deletionPropagationPolicy"
MANAGER = "pulumi.com/patchFieldManager"
PATCH_FORCE = "pulumi.com/patchForce"
SKIP_AWAIT = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"

# What the API server's own names are made of (k8s.io/apimachinery/pkg/util/rand): no vowels, so no words.
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
# Kubernetes itself: what belongs to no namespace is known without asking, for a preview without a cluster.
CLUSTER_WIDE = frozenset(
    {
        *("APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding"),
        *("CustomResourceDefinition", "DeviceClass", "FlowSchema", "IngressClass", "MutatingWebhookConfiguration"),
        *("Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "RuntimeClass"),
        *("StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
        *("ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass"),
    }
)
BUILT_IN = frozenset(
    {
        *("", "apps", "autoscaling", "batch", "policy", "admissionregistration.k8s.io", "apiextensions.k8s.io"),
        *("apiregistration.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io"),
        *("events.k8s.io", "flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io"),
        *("rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io"),
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which object a resource is."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @classmethod
    def parse(cls, text_: str, default: str) -> "Identity":
        """From an ID, `namespace/name` or `name`."""
        namespace, slash, name = text_.rpartition("/")
        return cls(namespace if slash else default, name)

    @classmethod
    def of(cls, live: Values) -> "Identity":
        """Of an object that the API server gave."""
        metadata = mapping(live.get("metadata"))
        return cls(text(metadata.get("namespace")), text(metadata.get("name")))


def annotation(values: Values, key: str) -> str:
    """An annotation's value; empty where there is none."""
    return text(mapping(mapping(values.get("metadata")).get("annotations")).get(key))


def described(values: Values) -> str:
    """An object in the user's words: `Deployment factory/serving`."""
    return f"{values.get('kind')} {Identity.of(values)}"


def manager(urn: str, inputs: Values, state: Values) -> str:
    """Who owns the fields that this resource sets.

    The name follows from the URN, so that a resource whose state was lost in the middle finds its object again.
    """
    derived = "pulumi-kubernetes-" + hashlib.sha256(urn.encode()).hexdigest()[:8]
    return annotation(inputs, MANAGER) or text(state.get("__fieldManager")) or derived


def named(name: str, seed: bytes, old: Values, new: Values, proposed: str) -> Values:
    """Inputs with a name: the declared one, the one generated before, else a new one."""
    metadata = new.get("metadata", {})
    annotations = mapping(metadata).get("annotations", {})
    if UNKNOWN in (metadata, annotations) or {"name", "generateName"} & mapping(metadata).keys():
        return new
    kept = text(mapping(old.get("metadata")).get("name")) if annotation(old, AUTONAMED) == "true" else ""
    made = kept or proposed or f"{name}-{(hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(4))[:8]}"
    return {
        **new,
        "metadata": {**mapping(metadata), "name": made, "annotations": {**mapping(annotations), AUTONAMED: "true"}},
    }


def generated(prefix: str) -> str:
    """A name for an object with `generateName`: server-side apply takes finished names only."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(5))


def manifest(inputs: Values, identity: Identity) -> Values:
    """What is sent to the API server; keys with `__` are Pulumi's own."""
    metadata: Values = {**mapping(inputs.get("metadata")), "name": identity.name}
    metadata.pop("namespace", None)
    metadata.pop("generateName", None)
    if identity.namespace:
        metadata["namespace"] = identity.namespace
    kept = {key: value for key, value in inputs.items() if not key.startswith("__") and key != "status"}
    return {**kept, "metadata": metadata}
