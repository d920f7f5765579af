"""Whether a cluster and stores can carry a factory, asked before anything is made there."""

import ipaddress
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from cli.existing.options import Site, Store
from components.errors import FactoryError
from components.object_store.store import StoreError, code_of, s3_of, translate_errors
from components.violations import Violations
from host.documents import mapping, sequence
from host.shell import run
from stacks.names import NAMESPACE
from toolchain.tools import pinned

JOBSET = pinned("jobset", "sigs.k8s.io/jobset")
ARGO = pinned("argo", "github.com/argoproj/argo-workflows/v3")
# What runs are made of, and where its publisher keeps what installs it.
DEFINITIONS = {
    "jobsets.jobset.x-k8s.io": (
        "JobSet",
        f"kubectl apply --server-side -f https://github.com/kubernetes-sigs/jobset/releases/download/{JOBSET}/manifests.yaml",
    ),
    "workflows.argoproj.io": (
        "Argo Workflows, for all namespaces",
        "kubectl create namespace argo && kubectl apply --server-side -n argo -f "
        f"https://github.com/argoproj/argo-workflows/releases/download/{ARGO}/install.yaml",
    ),
}
# What the deployment does there: verb, resource and whether it is of the namespace.
RIGHTS = (
    ("create", "namespaces", False),
    ("create", "secrets", True),
    ("create", "deployments.apps", True),
    ("create", "rolebindings.rbac.authorization.k8s.io", True),
    ("create", "workflows.argoproj.io", True),
)
PATIENCE = "--request-timeout=15s"


class Cluster:
    """A Kubernetes, asked with the kubeconfig that the user gave."""

    def __init__(self, kubectl: Path, kubeconfig: Path) -> None:
        self.kubectl: Sequence[str | Path] = (kubectl, "--kubeconfig", kubeconfig)
        self._kubeconfig = kubeconfig

    def check(self, violations: Violations, site: Site) -> None:
        """Notes what it lacks; nothing further where it does not answer."""
        try:
            self._ask("get", "--raw", "/version")
        except FactoryError as error:
            message = str(error).strip().splitlines()[-1].strip()
            rule = f"the API server that the kubeconfig names answers ({message})"
            violations.unless(
                False, "KUBECONFIG", str(self._kubeconfig), rule, "kubectl --kubeconfig PATH get --raw /version"
            )
            return
        for name, (what, install) in DEFINITIONS.items():
            found = self._ask("get", "customresourcedefinition", name, "--ignore-not-found", "--output", "name")
            violations.unless(bool(found.strip()), "KUBECONFIG", name, f"the cluster has {what}", install)
        self._check_rights(violations, site)
        self._check_nodes(violations, site)

    def nodes(self) -> list[str]:
        """An address of each node that is ready, the internal one."""
        document = mapping(json.loads(self._ask("get", "nodes", "--output", "json")))
        found: list[str] = []
        for item in sequence(document.get("items")):
            status = mapping(mapping(item).get("status"))
            ready = {
                str(mapping(one).get("type")): mapping(one).get("status") for one in sequence(status.get("conditions"))
            }
            addresses = {
                str(mapping(one).get("type")): str(mapping(one).get("address"))
                for one in sequence(status.get("addresses"))
            }
            if ready.get("Ready") == "True" and "InternalIP" in addresses:
                found.append(addresses["InternalIP"])
        return found

    def _check_rights(self, violations: Violations, site: Site) -> None:
        rights = [*RIGHTS, *([("create", "persistentvolumes", False)] if site.local_volume else [])]
        for verb, resource, namespaced in rights:
            place = ("--namespace", NAMESPACE) if namespaced else ()
            try:
                self._ask("auth", "can-i", verb, resource, *place, "--quiet")
            except FactoryError:
                rule = f"its user may {verb} {resource}" + (f" in namespace {NAMESPACE}" if namespaced else "")
                violations.unless(False, "KUBECONFIG", str(self._kubeconfig), rule, "ask the cluster's administrator")

    def _check_nodes(self, violations: Violations, site: Site) -> None:
        nodes = self.nodes()
        violations.unless(
            bool(nodes), "KUBECONFIG", str(self._kubeconfig), "at least one node is ready", "kubectl get nodes"
        )
        violations.unless(
            not site.local_volume or len(nodes) <= 1,
            "LOCAL_VOLUME",
            site.local_volume,
            f"a folder of a node is shared where there is one node, and there are {len(nodes)}",
            "STORAGE_CLASS=NAME, one of ReadWriteMany volumes",
        )
        if site.storage_class:
            found = self._ask("get", "storageclass", site.storage_class, "--ignore-not-found", "--output", "name")
            rule = "the cluster has a StorageClass of that name"
            violations.unless(
                bool(found.strip()), "STORAGE_CLASS", site.storage_class, rule, "kubectl get storageclass"
            )

    def _ask(self, *arguments: str) -> str:
        return run([*self.kubectl, *arguments, PATIENCE])


def check_store(violations: Violations, name: str, store: Store) -> None:
    """Notes where a store does not answer its profile, pods cannot reach it, or a vault there could not be locked."""
    key = {"objects": "S3", "vault": "VAULT_S3", "offsite": "OFFSITE_S3"}[name]
    violations.unless(
        not _is_loopback(store.endpoint),
        key,
        store.endpoint,
        "pods reach the store at the address that is given, and loopback is each pod's own",
        "give an address of the machine or the service that pods can reach",
    )
    try:
        with translate_errors(store.bucket, store.endpoint, store.profile):
            locked = _can_lock(store) if name != "objects" else _answers(store)
    except StoreError as error:
        violations.unless(
            False, key, store.endpoint, f"the store answers the profile ({error})", "check address and profile"
        )
        return
    violations.unless(
        locked,
        key,
        store.endpoint,
        f"bucket {store.bucket!r} of a vault is made with Object Lock, and the store has none",
        "use a store with Object Lock in COMPLIANCE mode, or another name where that bucket stands without it",
    )


def _answers(store: Store) -> bool:
    s3 = s3_of(store.endpoint, store.profile)
    try:
        s3.head_bucket(Bucket=store.bucket)
    except ClientError as error:
        # That there is none yet is an answer too.
        if code_of(error) not in ("404", "NoSuchBucket"):
            raise
    return True


def _can_lock(store: Store) -> bool:
    """Of the bucket where it stands; else of one that is made for this question, and removed again: it is empty."""
    s3 = s3_of(store.endpoint, store.profile)
    name = store.bucket
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if code_of(error) not in ("404", "NoSuchBucket"):
            raise
        name = f"aifactory-probe-{secrets.token_hex(6)}"
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    try:
        lock = s3.get_object_lock_configuration(Bucket=name).get("ObjectLockConfiguration", {})
        return lock.get("ObjectLockEnabled") == "Enabled"
    except ClientError as error:
        if code_of(error) in ("ObjectLockConfigurationNotFoundError", "NotImplemented"):
            return False
        raise
    finally:
        if name != store.bucket:
            s3.delete_bucket(Bucket=name)


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
