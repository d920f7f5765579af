"""The values that a reader is shown of a change: scalars of an allow list, everything else by its path alone.

A preview's values hold secrets that nobody marked as such; what is not known to be harmless is not printed.
"""

import re

from cli.review.steps import Operation, Step
from policies import secrets
from policies.resource import UNKNOWN, Values, at, mapping, sequence

LONGEST = 60
ALLOWED = frozenset(
    {
        *("desiredSize", "minSize", "maxSize", "instanceTypes", "instanceType", "capacityType", "amiType", "replicas"),
        *("cidrBlock", "cidrBlocks", "cidrIpv4", "cidrIpv6", "ipv6CidrBlocks", "fromPort", "toPort", "ipProtocol"),
        *("protocol", "port", "nodePort", "availabilityZone", "storageCapacity", "perUnitStorageThroughput"),
        *("deploymentType", "fileSystemTypeVersion", "version", "releaseVersion", "kubernetesVersion", "addonVersion"),
        *("days", "mode", "status", "retentionDays", "retention_days", "retentionInDays", "enableKeyRotation"),
        *("deletionWindowInDays", "endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs", "objectLock"),
        *("objectLockEnabled", "forceDestroy", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls"),
        *("restrictPublicBuckets", "deletionProtection", "volumeSize", "volumeType", "type", "internal", "scheme"),
        *("completions", "parallelism", "backoffLimit", "nvidia.com/gpu", "memory", "cpu", "storage", "nodes"),
        *("imageTagMutability", "supportType", "authenticationMode", "effect", "action", "actions"),
    }
)
_INDEX = re.compile(r"\[(\d+)\]")


def parts(path: str) -> list[str]:
    """The keys of a path as the engine writes it: `spec.ports[0].port`, `data["a.b"]`."""
    return [key for key in re.findall(r'\["([^"]+)"\]|\[(\d+)\]|([^.\[\]]+)', path) for key in key if key]


def value_at(inputs: Values, path: str) -> object:
    """`UNKNOWN` where the update alone knows it; None where there is none."""
    found: object = inputs
    for key in parts(path):
        found = at(found, key) if "." not in key else _exactly(found, key)
    return found


def is_unknown_at(inputs: Values, path: str) -> bool:
    """Whether only the update knows the value at a path."""
    return value_at(inputs, path) is UNKNOWN


def described(step: Step, path: str) -> str:
    """One property of a change, e.g. `scalingConfig.desiredSize: 4 → 2`; the path alone where values are not shown."""
    if step.operation not in (Operation.UPDATE, Operation.REPLACE):
        return path
    before, after = value_at(step.before, path), value_at(step.after, path)
    if not _harmless(path, before) or not _harmless(path, after):
        return path
    return f"{path}: {_shown(before)} → {_shown(after)}"


def shown_at(inputs: Values, path: str) -> str:
    """A value as a reader is shown it; "" where it is absent or not shown."""
    value = value_at(inputs, path)
    return _shown(value) if value is not None and _harmless(path, value) else ""


def _exactly(value: object, key: str) -> object:
    return UNKNOWN if value is UNKNOWN else mapping(value).get(key)


def _harmless(path: str, value: object) -> bool:
    keys = [key for key in parts(path) if not key.isdigit()]
    if not keys or keys[-1] not in ALLOWED:
        return False
    items = sequence(value) or [value]
    return all(_is_plain(item) for item in items)


def _is_plain(value: object) -> bool:
    if value is None or value is UNKNOWN or isinstance(value, bool | int | float):
        return True
    return isinstance(value, str) and len(value) <= LONGEST and value.isprintable() and not secrets.form_of(value)


def _shown(value: object) -> str:
    if value is None:
        return "(none)"
    if value is UNKNOWN:
        return "(known in the update)"
    if isinstance(value, bool):
        return "true" if value else "false"
    items = sequence(value)
    return ", ".join(_shown(item) for item in items) if items else str(value)
