"""Which configuration key gives an argument of a component: components name their own arguments, a user sets keys."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from components.violations import SpecError, Violation
from stacks.names import PROJECT
from stacks.sections import (
    AcceptanceSection,
    AccessControlSection,
    BucketVolumeSection,
    ClusterSection,
    ControllersSection,
    GpuPoolSection,
    KarpenterPoolSection,
    NetworkSection,
    RegistrySection,
    SystemPoolSection,
)

# Component -> its argument -> the keys that it is set by.
KEYS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Network": {
        "cidr": ("cidr",),
        "more_cidrs": ("cidr",),
        "zones": ("zones", "cidr"),
        **dict.fromkeys(NetworkSection.__annotations__, ("network",)),
    },
    "ExistingNetwork": {"zones": ("network",), **dict.fromkeys(NetworkSection.__annotations__, ("network",))},
    "Cluster": {
        "kubeconfig": ("kubeconfig",),
        "subnet_ids": ("zones",),
        **dict.fromkeys(ClusterSection.__annotations__, ("cluster",)),
    },
    "SystemPool": {"subnet_ids": ("zones",), **dict.fromkeys(SystemPoolSection.__annotations__, ("systemPool",))},
    "ExistingCluster": {"kubeconfig": ("kubeconfig",)},
    "GpuPool": {
        "nodes": ("gpuNodes",),
        "instance_type": ("gpuInstanceType",),
        "zone": ("gpuPool", "zones"),
        **dict.fromkeys(GpuPoolSection.__annotations__, ("gpuPool",)),
    },
    "KarpenterPool": {
        "zone": ("karpenterPool", "zones"),
        **dict.fromkeys(KarpenterPoolSection.__annotations__, ("karpenterPool",)),
    },
    "BucketVolume": dict.fromkeys(BucketVolumeSection.__annotations__, ("bucketVolume",)),
    "AcceptanceTest": {
        "image": ("imagesLock",),
        **dict.fromkeys(AcceptanceSection.__annotations__, ("acceptance",)),
    },
    "Filesystem": {
        "size_gib": ("filesystemGiB",),
        "local_volume": ("localVolume",),
        "storage_class": ("storageClass", "localVolume", "region"),
    },
    "ObjectStore": {"accounts": ("accountsKeyFile",)},
    "VaultBucket": {"retention_days": ("retentionDays",), "accounts": ("accountsKeyFile",)},
    "ContainerRegistry": dict.fromkeys(RegistrySection.__annotations__, ("registry",)),
    "AccessControl": dict.fromkeys(AccessControlSection.__annotations__, ("access",)),
    "Entry": dict.fromkeys(("services", "aws", "cluster"), ("entry",)),
    "Controllers": dict.fromkeys(ControllersSection.__annotations__, ("controllers",)),
    "Images": {"imagesLock": ("imagesLock",)},
}


class SeveralErrors(SpecError):
    """The errors of several components, in one message."""

    def __init__(self, errors: Sequence[SpecError]) -> None:
        super().__init__("", tuple(violation for error in errors for violation in error.violations))
        self.errors = tuple(errors)
        self.args = ("\n".join(map(str, errors)),)


def with_keys(error: SpecError) -> SpecError:
    """The same error; where a violation is of an argument that is set by configuration, it says by which key."""
    if isinstance(error, SeveralErrors):
        return SeveralErrors([with_keys(one) for one in error.errors])
    return SpecError(error.component, tuple(_with_key(error.component, violation) for violation in error.violations))


def _with_key(component: str, violation: Violation) -> Violation:
    keys = KEYS.get(component, {}).get(re.split(r"[\[.]", violation.path)[0], ())
    # What already says a key needs no second mention of it.
    missing = [key for key in (f"{PROJECT}:{key}" for key in keys) if key not in str(violation)]
    if not missing:
        return violation
    output = f"it is set by {' and '.join(missing)}"
    return replace(violation, remedy=f"{violation.remedy}; {output}" if violation.remedy else output)
