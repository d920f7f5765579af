"""What the user names on the command line, judged before anything is asked or made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from components.object_store.spec import is_bucket_name, is_endpoint, origin
from components.violations import SpecError, Violations
from host.cache import REPOSITORY
from workloads.images import Images

STORES = ("objects", "vault", "offsite")
IMAGES_LOCK = "images/lock.json"
HELP = {
    "env": "name of the environment: stacks/config/Pulumi.ENV.{vault,platform,workloads}.yaml configure it",
    "kubeconfig": "the kubeconfig of the cluster that exists",
    "s3": "URL of the S3-compatible store, as pods reach it too",
    "vault-s3": "URL of the vault's store; that of --s3 where neither this nor the configuration names one",
    "offsite-s3": "URL of the off-site store, likewise",
    "profile": "AWS profile of the store; credentials are never given on a command line",
    "vault-profile": "AWS profile of the vault's store",
    "offsite-profile": "AWS profile of the off-site store",
    "registry": "registry that the locked images must be of, e.g. registry.example.org/aifactory",
    "registry-auth": "Docker's config.json with the registry's login, by which nodes pull the images",
    "images-lock": f"file of the images' digests, which `make images` writes; {IMAGES_LOCK} by default",
    "storage-class": "StorageClass of the filesystem that pods share (ReadWriteMany)",
    "local-volume": "folder of the only node in place of a StorageClass; it belongs to user 65532",
    "stores": "folder of accounts for pods (stores-objects, stores-protection); else they are made on MinIO, or the profiles'",
    "ca": "PEM of the private authority that signed the stores' certificates, for pods; here AWS_CA_BUNDLE names it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """As given; "" where not."""

    env: str
    kubeconfig: str = ""
    s3: str = ""
    vault_s3: str = ""
    offsite_s3: str = ""
    profile: str = ""
    vault_profile: str = ""
    offsite_profile: str = ""
    registry: str = ""
    registry_auth: str = ""
    images_lock: str = ""
    storage_class: str = ""
    local_volume: str = ""
    stores: str = ""
    ca: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """A bucket and the way to it from this machine."""

    bucket: str
    endpoint: str
    profile: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where a factory is to stand."""

    env: str
    kubeconfig: Path
    stores: dict[str, Store]
    """Of `objects`, `vault` and `offsite`."""
    images_lock: Path
    local_volume: str
    storage_class: str
    serving_node_port: int
    model: str
    """What the repository's configuration says to serve, where promotion is a pull request; "" where the run's is promoted."""
    registry_auth: str
    """Path of Docker's config.json by which nodes pull; "" where they pull by themselves."""
    pods: Path | None
    """Folder of the accounts that pods get; None where they get the ones of the profiles."""
    ca: Path | None
    """The authority, PEM, that signed the stores' certificates; None where every image trusts it."""

    @classmethod
    def parse(cls, options: Options, declared: Mapping[str, Mapping[str, object]]) -> Self:
        """From what was given and what the repository configures (layer -> its keys). Raises SpecError with every violation."""
        violations = Violations(f"make up ENV={options.env}")
        config = {
            key.removeprefix("aifactory:"): str(value) for layer in declared.values() for key, value in layer.items()
        }
        _check_environment(violations, options.env, declared, config)
        kubeconfig = options.kubeconfig or config.get("kubeconfig", "")
        violations.unless(
            bool(kubeconfig) and Path(kubeconfig).is_file(),
            "KUBECONFIG",
            kubeconfig,
            "the cluster's kubeconfig is one file on this machine",
            f"make up ENV={options.env} KUBECONFIG=PATH S3=URL",
        )
        stores = _stores(violations, options, config)
        folder = options.local_volume or ("" if options.storage_class else config.get("localVolume", ""))
        storage = options.storage_class or ("" if options.local_volume else config.get("storageClass", ""))
        violations.unless(
            bool(folder) != bool(storage),
            "STORAGE_CLASS",
            storage,
            "the filesystem that pods share is of a StorageClass, or a folder of the only node (LOCAL_VOLUME)",
            "kubectl get storageclass; name one of ReadWriteMany volumes",
        )
        lock = Path(options.images_lock or REPOSITORY / IMAGES_LOCK).resolve()
        _check_images(violations, lock, options.registry)
        auth = options.registry_auth or config.get("registryAuthFile", "")
        for key, value in (("STORES", options.stores), ("CA", options.ca), ("REGISTRY_AUTH", auth)):
            violations.unless(not value or Path(value).exists(), key, value, "it is a path on this machine")
        violations.raise_if_any()
        return cls(
            env=options.env,
            kubeconfig=Path(kubeconfig).resolve(),
            stores=stores,
            images_lock=lock,
            local_volume=folder,
            storage_class=storage,
            serving_node_port=int(config.get("servingNodePort", "30080")),
            model=config.get("model", ""),
            registry_auth=str(Path(auth).resolve()) if auth else "",
            pods=Path(options.stores).resolve() if options.stores else None,
            ca=Path(options.ca).resolve() if options.ca else None,
        )

    def settings(self, layer: str) -> dict[str, str]:
        """What this site adds to the layer's configuration of the repository."""
        vault, offsite, objects = (self.stores[name] for name in ("vault", "offsite", "objects"))
        match layer:
            case "vault":
                return {
                    "vaultEndpoint": vault.endpoint,
                    "vaultProfile": vault.profile,
                    "offsiteEndpoint": offsite.endpoint,
                    "offsiteProfile": offsite.profile,
                }
            case "platform":
                return {
                    "kubeconfig": str(self.kubeconfig),
                    "objectsEndpoint": objects.endpoint,
                    "objectsProfile": objects.profile,
                    "localVolume": self.local_volume,
                    "storageClass": self.storage_class,
                }
            case _:
                return {
                    "kubeconfig": str(self.kubeconfig),
                    "imagesLock": str(self.images_lock),
                    "registryAuthFile": self.registry_auth,
                }


def _check_environment(
    violations: Violations, env: str, declared: Mapping[str, Mapping[str, object]], config: Mapping[str, str]
) -> None:
    missing = [layer for layer, values in declared.items() if not values]
    violations.unless(
        re.fullmatch(r"[a-z][a-z0-9-]*", env) is not None and env != "lab" and not missing,
        "ENV",
        env,
        "an environment on a cluster of your own has stacks/config/Pulumi.ENV.{vault,platform,workloads}.yaml",
        "take the examples of onprem, or copy them under your own name",
    )
    violations.unless(
        not config.get("region"),
        "aifactory:region",
        config.get("region", ""),
        "an environment on a cluster of your own names no AWS region: with one, a network and EKS would be made there",
        f"remove region from the configuration of {env}",
    )
    port = config.get("servingNodePort", "30080")
    violations.unless(port.isascii() and port.isdigit(), "aifactory:servingNodePort", port, "a port is a whole number")


def _stores(violations: Violations, options: Options, config: Mapping[str, str]) -> dict[str, Store]:
    endpoints = {
        "objects": ("S3", options.s3 or config.get("objectsEndpoint", "")),
        "vault": ("VAULT_S3", options.vault_s3 or config.get("vaultEndpoint", "") or options.s3),
        "offsite": ("OFFSITE_S3", options.offsite_s3 or config.get("offsiteEndpoint", "") or options.s3),
    }
    profiles = {"objects": options.profile, "vault": options.vault_profile, "offsite": options.offsite_profile}
    stores: dict[str, Store] = {}
    for name, (key, endpoint) in endpoints.items():
        # A store that is not given is S3's own fault, said once.
        violations.unless(
            is_endpoint(endpoint) or (name != "objects" and not endpoint),
            key,
            endpoint,
            "a store's address is a URL of scheme, host and port, without credentials",
            f"e.g. {key}=https://s3.example.org:9000; credentials belong in an AWS profile",
        )
        bucket = config.get(f"{name}Bucket", "")
        violations.unless(
            is_bucket_name(bucket),
            f"aifactory:{name}Bucket",
            bucket,
            "a bucket has a name of S3's form",
            f"set it in stacks/config of {options.env}",
        )
        stores[name] = Store(
            bucket=bucket, endpoint=endpoint, profile=profiles[name] or config.get(f"{name}Profile", "")
        )
    violations.unless(
        len({(origin(store.endpoint), store.bucket) for store in stores.values()}) == len(stores),
        "aifactory:offsiteBucket",
        stores["offsite"].bucket,
        "objects, vault and off-site copy are three buckets",
        "name them apart; better still, give OFFSITE_S3 a store of its own",
    )
    return stores


def _check_images(violations: Violations, lock: Path, registry: str) -> None:
    try:
        image = Images.read(lock).workloads
    except SpecError as error:
        violations.found.extend(error.violations)
        return
    violations.unless(
        not registry or image.startswith(registry.rstrip("/") + "/"),
        "REGISTRY",
        registry,
        f"the images that {lock.name} locks are of the registry named; it locks {image.partition('@')[0]}",
        f"make images REGISTRY={registry}",
    )
