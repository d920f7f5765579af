"""The kubernetes plugin under the real engine, against a real API server: what a deployment promises of its objects."""

import json
import secrets
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from host.documents import Values, mapping, text
from lab import fidelity
from tests.support.control_plane import ControlPlane
from tests.support.engine import Stack
from tests.support.programs import until

# Objects as data, so that a test changes what is declared and not the program.
PROGRAM = """
import json
import pulumi

settings = {{"kubeconfig": "{kubeconfig}", "enableConfigMapMutable": True, "enableSecretMutable": True}}
api = pulumi.ProviderResource("kubernetes", "api", settings)
made = {{}}
for name, entry in json.load(open("objects.json")).items():
    options = pulumi.ResourceOptions(provider=api, import_=entry["import"], depends_on=[made[it] for it in entry["after"]])
    made[name] = pulumi.CustomResource(entry["token"], name, entry["object"], options)
"""
FORCE, SKIP, TIMEOUT = "pulumi.com/patchForce", "pulumi.com/skipAwait", "pulumi.com/timeoutSeconds"
IMAGE = "localhost/image@sha256:" + "0" * 64
LABELS = {"app": "it"}
# Made of objects, and none themselves: test_helm_chart.py and tests/reliability/test_charts.py have them.
GROUPS = {"kubernetes:helm.sh/v4:Chart", "kubernetes:yaml/v2:ConfigGroup"}
POD = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": IMAGE}]}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """An object of a stack."""

    manifest: Values
    adopt: str = ""
    """Id of the object to import; "" to make it."""
    after: tuple[str, ...] = ()
    token: str = ""
    """Type token, where it is not the manifest's own."""

    def entry(self) -> Values:
        version = text(self.manifest["apiVersion"])
        group = version if "/" in version else f"core/{version}"
        token = self.token or f"kubernetes:{group}:{self.manifest['kind']}"
        return {"token": token, "object": self.manifest, "import": self.adopt or None, "after": list(self.after)}


@dataclass(frozen=True, slots=True)
class Objects:
    """A stack of objects in a namespace that exists before it."""

    cluster: ControlPlane
    stack: Stack
    namespace: str

    def declare(self, **objects: Declared | Values) -> None:
        entries = {
            name: (one if isinstance(one, Declared) else Declared(manifest=one)).entry()
            for name, one in objects.items()
        }
        (self.stack.folder / "objects.json").write_text(json.dumps(entries))

    def up(self, **objects: Declared | Values) -> dict[str, int]:
        """What a deployment does beside keeping the stack and its provider."""
        self.declare(**objects)
        return without_rest(self.stack.up())

    def refuses(self, **objects: Declared | Values) -> str:
        self.declare(**objects)
        return self.stack.fails("up", "--yes", "--skip-preview", "--stack", "dev")

    def destroy(self) -> None:
        self.stack.succeeds("destroy", "--yes", "--skip-preview", "--stack", "dev")

    def drift(self) -> subprocess.CompletedProcess[str]:
        return self.stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "dev")

    def path(self, plural: str, name: str = "it", group: str = "") -> str:
        root = f"/apis/{group}" if group else "/api/v1"
        return f"{root}/namespaces/{self.namespace}/{plural}/{name}"

    def object(self, kind: str, version: str = "v1", *, name: str = "it", **parts: object) -> Values:
        metadata = {"name": name, "namespace": self.namespace, **mapping(parts.pop("metadata", {}))}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}

    def settings(self, **data: str) -> Values:
        return self.object("ConfigMap", data=data)


def without_rest(counts: Mapping[str, int]) -> dict[str, int]:
    return {step: count for step, count in counts.items() if step != "same"}


@pytest.fixture
def objects(cluster: ControlPlane, tmp_path: Path) -> Objects:
    stack = Stack(folder=tmp_path)
    stack.program(PROGRAM.format(kubeconfig=cluster.kubeconfig))
    stack.init()
    return Objects(cluster, stack, cluster.namespace(f"contract-{secrets.token_hex(3)}"))


def every_kind(it: Objects) -> dict[str, Values]:
    """One object of each kind that the project declares."""
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    claim = f"{it.namespace}-it"
    waited = {"annotations": {SKIP: "true"}}
    container: Values = {
        "name": "main",
        "image": IMAGE,
        # In words that the server writes otherwise or leaves out.
        "env": [{"name": "EMPTY", "value": ""}],
        "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": "1500m", "memory": "2Gi"}},
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch", "readOnly": False}],
    }
    scratch: Values = {"name": "scratch", "emptyDir": {}}
    template: Values = {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [container], "volumes": [scratch]},
    }
    ended = {**POD, "spec": {**mapping(POD["spec"]), "restartPolicy": "Never"}}
    return {
        "namespace": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{it.namespace}-own"}},
        "settings": it.settings(a="1", b="2"),
        "secret": it.object("Secret", stringData={"password": "hunter2"}),
        "account": it.object("ServiceAccount", automountServiceAccountToken=False),
        "role": it.object("Role", "rbac.authorization.k8s.io/v1", rules=[rule]),
        "binding": it.object(
            "RoleBinding",
            "rbac.authorization.k8s.io/v1",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "it"},
            subjects=[{"kind": "ServiceAccount", "name": "it", "namespace": it.namespace}],
        ),
        "cluster role": cluster_wide(it, "ClusterRole", "rbac.authorization.k8s.io/v1", rules=[rule]),
        "cluster binding": cluster_wide(
            it,
            "ClusterRoleBinding",
            "rbac.authorization.k8s.io/v1",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{it.namespace}-own"},
            subjects=[{"kind": "ServiceAccount", "name": "it", "namespace": it.namespace}],
        ),
        "admission": cluster_wide(
            it,
            "ValidatingAdmissionPolicy",
            "admissionregistration.k8s.io/v1",
            spec={
                "failurePolicy": "Fail",
                "matchConstraints": {
                    "resourceRules": [
                        {
                            "apiGroups": ["batch"],
                            "apiVersions": ["v1"],
                            "operations": ["CREATE"],
                            "resources": ["cronjobs"],
                        }
                    ]
                },
                "validations": [{"expression": "object.metadata.name != 'it'"}],
            },
        ),
        "admitted": cluster_wide(
            it,
            "ValidatingAdmissionPolicyBinding",
            "admissionregistration.k8s.io/v1",
            spec={"policyName": f"{it.namespace}-own", "validationActions": ["Deny"]},
        ),
        "job": it.object("Job", "batch/v1", metadata=waited, spec={"template": ended}),
        "ingress": it.object(
            "Ingress",
            "networking.k8s.io/v1",
            metadata=waited,
            spec={"defaultBackend": {"service": {"name": "it", "port": {"number": 80}}}},
        ),
        "service": it.object("Service", metadata=waited, spec={"selector": LABELS, "ports": [{"port": 80}]}),
        "deployment": it.object(
            "Deployment",
            "apps/v1",
            spec={"replicas": 0, "selector": {"matchLabels": LABELS}, "template": template},
        ),
        "volume": {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": claim},
            "spec": {
                "capacity": {"storage": "1024Gi"},
                "accessModes": ["ReadWriteMany"],
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": "",
                "hostPath": {"path": "/shared", "type": "DirectoryOrCreate"},
                "claimRef": {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "name": "it",
                    "namespace": it.namespace,
                },
            },
        },
        "claim": it.object(
            "PersistentVolumeClaim",
            spec={
                "accessModes": ["ReadWriteMany"],
                "storageClassName": "",
                "volumeName": claim,
                "resources": {"requests": {"storage": "1Ti"}},
            },
        ),
        "definition": {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "workflows.argoproj.io"},
            "spec": definition("argoproj.io", "v1alpha1", "workflows", "Workflow"),
        },
        "workflow": it.object("Workflow", "argoproj.io/v1alpha1", spec={"entrypoint": "main"}),
        "template": it.object("WorkflowTemplate", "argoproj.io/v1alpha1", spec={"entrypoint": "main"}),
        "templates": {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "workflowtemplates.argoproj.io"},
            "spec": definition("argoproj.io", "v1alpha1", "workflowtemplates", "WorkflowTemplate"),
        },
    }


def cluster_wide(it: Objects, kind: str, version: str, **rest: object) -> Values:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": f"{it.namespace}-own"}, **rest}


def definition(group: str, version: str, plural: str, kind: str) -> Values:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "group": group,
        "scope": "Namespaced",
        "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
        "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
    }


def test_every_declared_kind_goes_through_its_life(objects: Objects) -> None:
    kinds = every_kind(objects)
    covered = {text(Declared(manifest=one).entry()["token"]) for one in kinds.values()}
    declared = {one.kind for one in fidelity.declared() if one.kind.startswith("kubernetes:")}
    assert declared - GROUPS <= covered
    # Objects of a definition are declared before it, and without a word of it.
    assert objects.up(**{**{"workflow": kinds["workflow"]}, **kinds}) == {"create": len(kinds) + 2}
    drifted = objects.drift()
    assert drifted.returncode == 0, drifted.stdout
    assert objects.up(**kinds) == {}
    wider = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    changed = {
        **kinds,
        "settings": objects.settings(a="3"),
        "secret": objects.object("Secret", stringData={"password": "hunter3"}),
        "role": objects.object("Role", "rbac.authorization.k8s.io/v1", rules=[wider]),
        "workflow": objects.object(
            "Workflow", "argoproj.io/v1alpha1", metadata={"labels": LABELS}, spec={"entrypoint": "main"}
        ),
    }
    assert objects.up(**changed) == {"update": 4}
    # A key that is declared no more is gone from the object.
    assert objects.cluster.get(objects.path("configmaps"))["data"] == {"a": "3"}
    drifted = objects.drift()
    assert drifted.returncode == 0, drifted.stdout
    assert objects.up(**changed) == {}
    objects.destroy()
    for path in (
        objects.path("configmaps"),
        objects.path("secrets"),
        objects.path("persistentvolumeclaims"),
        objects.path("deployments", group="apps/v1"),
        f"/api/v1/persistentvolumes/{objects.namespace}-it",
        f"/api/v1/namespaces/{objects.namespace}-own",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workflows.argoproj.io",
    ):
        assert objects.cluster.api.get(path) is None


def test_what_another_changed_is_drift_and_is_mended(objects: Objects) -> None:
    objects.up(it=objects.settings(a="1"))
    objects.cluster.patch(objects.path("configmaps"), {"data": {"a": "2"}})
    assert objects.drift().returncode != 0
    # The other manager owns the field now, which is said and not fought over in silence.
    assert ".data.a" in objects.refuses(it=objects.settings(a="1"))
    objects.up(it={**objects.settings(a="1"), "metadata": {**_metadata(objects), "annotations": {FORCE: "true"}}})
    assert objects.cluster.get(objects.path("configmaps"))["data"] == {"a": "1"}


def test_what_another_removed_is_made_again(objects: Objects) -> None:
    objects.up(it=objects.settings(a="1"))
    objects.cluster.delete(objects.path("configmaps"))
    objects.stack.succeeds("refresh", "--yes", "--skip-preview", "--stack", "dev")
    assert objects.up(it=objects.settings(a="1")) == {"create": 1}


def test_a_field_that_cannot_change_replaces_the_object(objects: Objects) -> None:
    def kept(kind: str) -> Values:
        return objects.object("Secret", type=kind, data={})

    def uid() -> object:
        return mapping(objects.cluster.get(objects.path("secrets"))["metadata"])["uid"]

    objects.up(it=kept("example.com/one"))
    first = uid()
    assert objects.up(it=kept("example.com/two")) == {"replace": 1}
    assert uid() != first


def test_a_field_of_another_manager_is_named_with_the_remedy(objects: Objects) -> None:
    other = objects.settings(a="theirs")
    objects.cluster.api.apply(objects.path("configmaps"), other, "vision-team", force=False)
    output = objects.refuses(it=objects.settings(a="ours"))
    assert ".data.a" in output
    assert '"vision-team"' in output
    assert "#handle-field-conflicts-on-existing-resources" in output
    assert objects.cluster.get(objects.path("configmaps"))["data"] == {"a": "theirs"}


def test_an_object_that_stands_is_imported_as_it_is(objects: Objects) -> None:
    exists = objects.object("Deployment", "apps/v1", spec=_deployment(replicas=0))
    objects.cluster.create(f"/apis/apps/v1/namespaces/{objects.namespace}/deployments", exists)
    live = objects.cluster.get(objects.path("deployments", group="apps/v1"))
    counts = objects.up(it=Declared(manifest=exists, adopt=f"{objects.namespace}/it"))
    assert counts["import"] == 1
    after = objects.cluster.get(objects.path("deployments", group="apps/v1"))
    assert mapping(after["metadata"])["generation"] == mapping(live["metadata"])["generation"]
    assert objects.up(it=exists) == {}
    objects.destroy()
    assert objects.cluster.api.get(objects.path("deployments", group="apps/v1")) is None


def test_an_import_of_what_is_not_there_is_refused(objects: Objects) -> None:
    output = objects.refuses(it=Declared(manifest=objects.settings(a="1"), adopt=f"{objects.namespace}/it"))
    assert "does not exist" in output


def test_a_kind_that_the_cluster_lacks_is_named_in_the_deployment(objects: Objects) -> None:
    output = objects.refuses(
        builtin=objects.object("Deploymint", "apps/v1"),
        # Something may be about to bring the definition: that is waited for, about a minute.
        custom=objects.object("Widget", "example.com/v1"),
    )
    for kind, version in (("Deploymint", "apps/v1"), ("Widget", "example.com/v1")):
        assert f'no matches for kind "{kind}" in version "{version}"' in output
    assert "Verify that any required CRDs have been created" in output


def test_what_the_api_refuses_is_said_in_its_words_and_harms_nothing_else(objects: Objects) -> None:
    wrong = objects.object("Deployment", "apps/v1", name="wrong", spec={"template": POD, "selector": {}})
    output = objects.refuses(wrong=wrong, it=objects.settings(a="1"))
    assert 'Deployment.apps "wrong" is invalid' in output
    assert objects.up(it=objects.settings(a="1")) in ({}, {"create": 1})
    assert objects.cluster.get(objects.path("configmaps"))["data"] == {"a": "1"}


def test_a_server_that_does_not_answer_is_named(objects: Objects, tmp_path: Path) -> None:
    nowhere = json.loads(objects.cluster.kubeconfig.read_text())
    nowhere["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "nowhere").write_text(json.dumps(nowhere))
    objects.stack.program(PROGRAM.format(kubeconfig=tmp_path / "nowhere"))
    output = objects.refuses(it=objects.settings(a="1"))
    assert "configured Kubernetes cluster is unreachable" in output
    assert "dial tcp 127.0.0.1:1: connect: connection refused" in output


def test_a_namespace_that_is_being_deleted_takes_no_more_objects(objects: Objects) -> None:
    with _held_namespace(objects) as name:
        inside = {**objects.settings(a="1"), "metadata": {"name": "late", "namespace": name}}
        output = objects.refuses(late=inside)
        assert f"namespace {name} because it is being terminated" in output


def test_what_a_finalizer_holds_is_named_when_it_does_not_go(objects: Objects) -> None:
    held = objects.object("ConfigMap", metadata={"finalizers": ["example.com/held"], "annotations": {TIMEOUT: "1"}})
    objects.up(it=held)
    output = objects.stack.fails("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert "finalizers might be preventing deletion (example.com/held)" in output
    objects.cluster.patch(objects.path("configmaps"), {"metadata": {"finalizers": None}})
    objects.destroy()


def test_what_a_controller_makes_again_counts_as_gone(objects: Objects) -> None:
    account = objects.object("ServiceAccount", name="default", automountServiceAccountToken=False)
    objects.up(it={**account, "metadata": {**mapping(account["metadata"]), "annotations": {TIMEOUT: "20"}}})
    objects.destroy()
    path = objects.path("serviceaccounts", "default")
    until(lambda: objects.cluster.api.get(path) is not None)
    assert "automountServiceAccountToken" not in objects.cluster.get(path)


def test_a_job_that_fails_is_explained_and_stays_in_the_state(objects: Objects) -> None:
    template = {**POD, "spec": {**mapping(POD["spec"]), "restartPolicy": "Never"}}
    job = objects.object("Job", "batch/v1", spec={"backoffLimit": 0, "template": template})
    with ThreadPoolExecutor() as beside:
        deployed = beside.submit(objects.refuses, it=job)
        pods = f"/api/v1/namespaces/{objects.namespace}/pods"
        until(lambda: bool(objects.cluster.items(pods)))
        (pod,) = objects.cluster.items(pods)
        ended = {"exitCode": 3, "reason": "Error", "message": "out of data"}
        status = {
            "phase": "Failed",
            "containerStatuses": [
                {
                    "name": "main",
                    "image": IMAGE,
                    "imageID": "",
                    "ready": False,
                    "restartCount": 0,
                    "state": {"terminated": ended},
                }
            ],
        }
        objects.cluster.patch(f"{pods}/{mapping(pod['metadata'])['name']}/status", {"status": status})
        output = deployed.result()
    assert "[BackoffLimitExceeded] Job has reached the specified backoff limit" in output
    # It was made, so the engine knows of it and removes it.
    objects.destroy()
    assert objects.cluster.api.get(objects.path("jobs", group="batch/v1")) is None


def test_a_rollout_that_never_finishes_is_explained_and_can_be_mended(objects: Objects) -> None:
    impatient = {"annotations": {TIMEOUT: "5"}}
    output = objects.refuses(
        it=objects.object("Deployment", "apps/v1", metadata=impatient, spec=_deployment(replicas=1))
    )
    assert "'it' timed out waiting to be Ready" in output
    assert "Minimum number of live Pods was not attained" in output
    mended = objects.object("Deployment", "apps/v1", metadata=impatient, spec=_deployment(replicas=0))
    assert objects.up(it=mended) == {"update": 1}
    # One that fails later leaves what is declared in the state too: the next deployment goes on from there.
    worse = objects.object("Deployment", "apps/v1", metadata=impatient, spec=_deployment(replicas=2))
    assert "'it' timed out waiting to be Ready" in objects.refuses(it=worse)
    assert objects.up(it=mended) == {"update": 1}
    objects.destroy()
    assert objects.cluster.api.get(objects.path("deployments", group="apps/v1")) is None


def test_an_object_whose_definition_is_gone_is_gone_too(objects: Objects) -> None:
    gadgets: Values = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.example.com"},
        "spec": definition("example.com", "v1", "gadgets", "Gadget"),
    }
    gadget = objects.object("Gadget", "example.com/v1", spec={"size": 1})
    objects.up(gadgets=gadgets, gadget=Declared(manifest=gadget, after=("gadgets",)))
    objects.cluster.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.example.com")
    until(lambda: objects.cluster.api.request("GET", "/apis/example.com/v1")[0] == 404)
    objects.destroy()


def _metadata(objects: Objects) -> Values:
    return {"name": "it", "namespace": objects.namespace}


def _deployment(*, replicas: int) -> Values:
    return {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": POD}


class _held_namespace:
    """A namespace that is being deleted and held by a finalizer in it; released with the block."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._name = f"{objects.namespace[:40].rstrip('-')}-held"

    def __enter__(self) -> str:
        cluster = self._objects.cluster
        cluster.namespace(self._name)
        kept = {"metadata": {"name": "kept", "finalizers": ["example.com/held"]}}
        cluster.create(f"/api/v1/namespaces/{self._name}/configmaps", kept)
        path = f"/api/v1/namespaces/{self._name}"
        cluster.delete(path)
        until(lambda: "NamespaceFinalizersRemaining" in json.dumps(cluster.get(path)["status"]))
        return self._name

    def __exit__(self, *_: object) -> None:
        _release(self._objects, self._name)


def _release(objects: Objects, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/kept"
    if objects.cluster.api.get(path):
        objects.cluster.patch(path, {"metadata": {"finalizers": None}})
