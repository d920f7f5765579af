"""A workload as its author thinks of it: one program, what it may reach, and what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workloads.recipe import Resources

Source = Literal["secret", "config_map", "claim", "folder", "scratch", "memory"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A folder of the container and what is behind it."""

    name: str
    path: str
    source: Source
    """`folder` is one of the node, read only; `scratch` ends with the pod, `memory` is scratch that counts as memory."""
    of: str = ""
    """Name of the secret, config map or claim, or the path on the node."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stores:
    """The stores that pods reach: names only; what they are reached by is mounted."""

    objects: str
    vault: str
    offsite: str
    retention_days: int
    identity_region: str = ""
    """Region of the pods where they reach stores of AWS by an identity of their own; "" where secrets hold accounts."""

    def environment(self, *, protection: bool) -> dict[str, str]:
        """What tells a program its buckets; those of protection only where it copies to them."""
        kept = {
            "VAULT_BUCKET": self.vault,
            "OFFSITE_BUCKET": self.offsite,
            "VAULT_RETENTION_DAYS": str(self.retention_days),
        }
        return {
            "AWS_SHARED_CREDENTIALS_FILE": f"{STORES_PATH}/credentials",
            "AWS_CONFIG_FILE": f"{STORES_PATH}/config",
            "AWS_EC2_METADATA_DISABLED": "true",
            "OBJECTS_BUCKET": self.objects,
            # Where it is named, EKS adds no AWS_DEFAULT_REGION (amazon-eks-pod-identity-webhook, `addEnvToContainer`),
            # which would come before the region of each profile: botocore reads that one and not this.
            **({"AWS_REGION": self.identity_region} if self.identity_region else {}),
            **(kept if protection else {}),
        }

    def mount(self, secret: str) -> Mount:
        """The accounts of the stores that one of the secrets holds, or the file that needs none.

        Both hold the profiles that programs name, at one path. The credentials' file that the environment names is then
        not there, which is as if it were empty: a file of that kind would come before a pod's own identity.
        """
        if self.identity_region:
            return Mount(name=secret, path=STORES_PATH, source="config_map", of=STORES_CONFIG)
        return Mount(name=secret, path=STORES_PATH, source="secret", of=secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One container."""

    name: str
    image: str
    """By digest."""
    command: tuple[str, ...]
    resources: Resources
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """No secret: everyone who may read a pod reads this."""
    mounts: tuple[Mount, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    healthy: str = ""
    """Path of the first port that answers 200 when the program is ready; "" where it ends by itself."""


STORES_PATH = "/etc/aifactory/stores"
SIGNING_PATH = "/etc/aifactory/signing"
SHARED_PATH = "/shared"
SHARED_FOLDERS = ("checkpoints", "mlflow", "spool")
"""What pods write to there, each in a folder of its own."""
BUCKET_PATH = "/datasets"
"""Where ingest finds the bucket that the platform mounts."""
SPEC_PATH = "/etc/aifactory/spec"
OBJECTS_SECRET = "stores-objects"
"""What stages reach the objects by."""
PROTECTION_SECRET = "stores-protection"
"""What the stage that copies reaches the objects, the vault and the off-site store by."""
SERVING_SECRET = "stores-serving"
"""What the model is fetched by."""
LOGS_SECRET = "stores-logs"
"""What the gateway takes its records to the vault and off site by."""
STORES_CONFIG = "stores-config"
"""ConfigMap of what pods reach the stores of AWS by where they have an identity: no key is in it."""
SIGNING_SECRET = "signing-key"
SIGNING_CONFIG = "signing-public"
REGISTRY_SECRET = "registry"
CALLERS_SECRET = "callers"
CALLERS_PATH = "/etc/aifactory/callers"
CALLERS_FILE = "callers.json"
