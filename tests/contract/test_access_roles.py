"""Roles in Kubernetes, on a real API server: each is tried against each request, and what an ML engineer may make is made."""

import copy
import json
import subprocess
from collections.abc import Callable, Generator
from typing import cast

import pytest
import yaml

from components.access_control.component import AccessControl
from host.documents import Values, mapping, sequence, text
from tests.contract.access_rights import GROUPS, RIGHTS, Right
from tests.contract.test_training_job import DEFINITION as JOBSETS
from tests.contract.test_training_job import manifest as train
from tests.support import control_plane
from tests.support.access_roles import NAMESPACE, on_premises
from tests.support.control_plane import ControlPlane
from tests.support.programs import until
from tests.unit.components.recorder import Recorder, declared
from toolchain.install import Toolchain

WORKFLOWS = "base/crds/minimal/argoproj.io_workflows.yaml"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
PATHS = {
    "ClusterRole": f"{RBAC}/clusterroles",
    "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
    "Role": f"{RBAC}/namespaces/{NAMESPACE}/roles",
    "RoleBinding": f"{RBAC}/namespaces/{NAMESPACE}/rolebindings",
    "ValidatingAdmissionPolicy": f"{ADMISSION}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{ADMISSION}/validatingadmissionpolicybindings",
}
# Whoever runs in a Workflow runs under this account, which makes the JobSets of stages.
RUNNER = f"system:serviceaccount:{NAMESPACE}:run"
Change = Callable[[dict[str, object]], None]


@pytest.fixture(scope="module")
def cluster() -> Generator[ControlPlane]:
    """A control plane of its own, on which the component's own objects are made as it declares them."""
    seen = declared(lambda: AccessControl("access", on_premises()), Recorder())
    objects = [dict(one.inputs) for one in seen.seen if one.kind.startswith("kubernetes:")]
    with control_plane.serving() as made:
        made.namespace(NAMESPACE)
        tools = Toolchain()
        for path in (tools.assets("jobset", "config") / JOBSETS, tools.assets("argo", "manifests") / WORKFLOWS):
            made.create(DEFINITIONS, cast("Values", yaml.safe_load(path.read_text())))
        for one in objects:
            made.create(PATHS[text(one["kind"])], one)
        rules = [{"apiGroups": ["jobset.x-k8s.io"], "resources": ["jobsets"], "verbs": ["create"]}]
        made.create(PATHS["Role"], {"metadata": {"name": "run"}, "rules": rules})
        subject = {"kind": "ServiceAccount", "name": "run", "namespace": NAMESPACE}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "run"}
        made.create(PATHS["RoleBinding"], {"metadata": {"name": "run"}, "roleRef": role, "subjects": [subject]})
        # The API server reads policies and definitions a moment after they are made.
        for start in (job(), job_set(), workflow()):
            bad = changed(start, service_account("protect"))
            until(lambda bad=bad: "run" in submitted(made, bad, "ml-engineer").stderr)
        yield made


def allowed(cluster: ControlPlane, right: Right, group: str) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {
        "namespace": right.namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "name": right.name,
    }
    review = {"spec": {"user": "somebody", "groups": [group, "system:authenticated"], "resourceAttributes": attributes}}
    answer = cluster.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return mapping(answer["status"])["allowed"] is True


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: str(right.label))
def test_a_role_does_what_it_is_for_and_nothing_beside(cluster: ControlPlane, right: Right) -> None:
    found = {role for role in GROUPS if allowed(cluster, right, role)}
    assert found == set(right.roles)
    assert not allowed(cluster, right, "nobody")


def test_mlflow_is_reached_through_the_proxy_by_its_name(cluster: ControlPlane) -> None:
    """Where nothing answers yet: who is let through is told so by the proxy, everybody else by the API server."""
    services = f"/api/v1/namespaces/{NAMESPACE}/services"
    for name in ("mlflow", "other"):
        port = {"name": "http", "port": 5000}
        cluster.create(services, {"metadata": {"name": name}, "spec": {"ports": [port], "selector": {"app": name}}})

    def asked(name: str, role: str) -> str:
        return kubectl(cluster, role, "get", "--raw", f"{services}/{name}:5000/proxy/").stderr

    assert "no endpoints available" in asked("mlflow", "ml-viewer")
    assert "is forbidden" in asked("mlflow", "auditor") or "Forbidden" in asked("mlflow", "auditor")
    assert "orbidden" in asked("other", "ml-viewer")


def kubectl(cluster: ControlPlane, role: str, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """As somebody of a role's group, or as an account."""
    user = ("--as", role) if ":" in role else ("--as", "somebody", "--as-group", role)
    who = (*user, "--as-group", "system:authenticated")
    accounts = ("--as-group", f"system:serviceaccounts:{NAMESPACE}") if ":" in role else ()
    command = [Toolchain().path("kubectl"), "--kubeconfig", cluster.kubeconfig, *who, *accounts, *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def submitted(cluster: ControlPlane, one: Values, role: str) -> "subprocess.CompletedProcess[str]":
    """What comes of it, without keeping it."""
    arguments = ("create", "--dry-run=server", "--namespace", NAMESPACE, "-f", "-")
    return kubectl(cluster, role, *arguments, given=json.dumps(one))


def pod() -> dict[str, object]:
    return {
        "serviceAccountName": "stage",
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "x", "env": [{"name": "A", "value": "b"}]}],
        "volumes": [
            {"name": "stores", "secret": {"secretName": "stores-objects"}},
            {"name": "scratch", "emptyDir": {}},
            {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}},
        ],
    }


def job() -> dict[str, object]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "mine"},
        "spec": {"template": {"spec": pod()}},
    }


def job_set() -> dict[str, object]:
    replicated = {"name": "worker", "template": {"spec": {"template": {"spec": pod()}}}}
    return {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": "mine"},
        "spec": {"replicatedJobs": [replicated]},
    }


def workflow() -> dict[str, object]:
    volumes: list[object] = [{"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}}]
    one: dict[str, object] = {"name": "one", "container": {"image": "x", "command": ["true"]}, "volumes": volumes}
    main: dict[str, object] = {"name": "main", "dag": {"tasks": [{"name": "first", "template": "one"}]}}
    steps: dict[str, object] = {"name": "steps", "steps": [[{"name": "first", "template": "one"}]]}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "mine"},
        "spec": {"entrypoint": "main", "serviceAccountName": "run", "templates": [main, steps, one]},
    }


def changed(start: dict[str, object], change: Change) -> dict[str, object]:
    made = copy.deepcopy(start)
    change(made)
    return made


def pod_of(one: dict[str, object]) -> dict[str, object]:
    """The pod of a Job or of a JobSet, or the spec of a Workflow: what has accounts and volumes."""
    spec = cast("dict[str, object]", one["spec"])
    if one["kind"] == "Workflow":
        return spec
    if one["kind"] == "JobSet":
        spec = cast("dict[str, object]", mapping(mapping(sequence(spec["replicatedJobs"])[0])["template"])["spec"])
    return cast("dict[str, object]", mapping(spec["template"])["spec"])


def container_of(one: dict[str, object]) -> dict[str, object]:
    if one["kind"] == "Workflow":
        return cast("dict[str, object]", template_of(one, 2)["container"])
    return cast("dict[str, object]", sequence(pod_of(one)["containers"])[0])


def template_of(one: dict[str, object], index: int) -> dict[str, object]:
    return cast("dict[str, object]", sequence(pod_of(one)["templates"])[index])


def service_account(name: str, key: str = "serviceAccountName") -> Change:
    return lambda one: pod_of(one).update({key: name})


def volume(**source: object) -> Change:
    return lambda one: pod_of(one).update({"volumes": [{"name": "v", **source}]})


def in_container(**more: object) -> Change:
    return lambda one: container_of(one).update(more)


def in_spec(**more: object) -> Change:
    return lambda one: pod_of(one).update(more)


def in_template(index: int, **more: object) -> Change:
    return lambda one: template_of(one, index).update(more)


def in_task(**more: object) -> Change:
    return lambda one: cast("dict[str, object]", sequence(mapping(template_of(one, 0)["dag"])["tasks"])[0]).update(more)


def in_step(**more: object) -> Change:
    return lambda one: cast("dict[str, object]", sequence(sequence(template_of(one, 1)["steps"])[0])[0]).update(more)


SECRET_ENV = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "signing-key", "key": "key.pem"}}}]
OF_PODS: dict[str, Change] = {
    "the account that copies to the vault": service_account("protect"),
    "a Secret of the vault's account": volume(secret={"secretName": "stores-protection"}),
    "the key that models are signed by": volume(secret={"secretName": "signing-key"}),
    "a Secret behind a projection": volume(projected={"sources": [{"secret": {"name": "signing-key"}}]}),
    "a Secret in the environment": in_container(env=SECRET_ENV),
    "a whole Secret as environment": in_container(envFrom=[{"secretRef": {"name": "signing-key"}}]),
    "a folder of the node": volume(hostPath={"path": "/"}),
    "a volume of any driver": volume(csi={"driver": "secrets-store.csi.k8s.io"}),
    "a privileged container": in_container(securityContext={"privileged": True}),
}
OF_JOBS: dict[str, Change] = {
    **OF_PODS,
    "the account under its old name": lambda one: (
        pod_of(one).pop("serviceAccountName"),
        pod_of(one).update({"serviceAccount": "protect"}),
    )[1],
    "the executor's account": service_account("run"),
    "the node's network": in_spec(hostNetwork=True),
    "the node's processes": in_spec(hostPID=True),
    "a Secret in the environment of an init container": in_spec(
        initContainers=[{"name": "init", "image": "x", "env": SECRET_ENV}]
    ),
}
ARTIFACT = {"artifacts": [{"name": "a", "s3": {"key": "k", "accessKeySecret": {"name": "signing-key", "key": "k"}}}]}
OF_WORKFLOWS: dict[str, Change] = {
    **OF_PODS,
    "the account of a stage's pods": service_account("stage"),
    "a patch of its pods": in_spec(podSpecPatch="serviceAccountName: protect"),
    "an account of the executor": in_spec(executor={"serviceAccountName": "protect"}),
    "a template of somebody else": in_spec(workflowTemplateRef={"name": "other"}),
    "defaults of templates": in_spec(templateDefaults={"serviceAccountName": "protect"}),
    "hooks": in_spec(hooks={"exit": {"templateRef": {"name": "other", "template": "x"}}}),
    "a store of artifacts": in_spec(artifactRepositoryRef={"configMap": "other"}),
    "an account of a template": in_template(2, serviceAccountName="protect"),
    "a patch of a template": in_template(2, podSpecPatch="serviceAccountName: protect"),
    "an object that the executor makes": in_template(2, resource={"action": "create", "manifest": "kind: Pod"}),
    "a sidecar": in_template(2, sidecars=[{"name": "s", "image": "x", "env": SECRET_ENV}]),
    "an init container's environment": in_template(2, initContainers=[{"name": "i", "image": "x", "env": SECRET_ENV}]),
    "a script's environment": in_template(2, script={"image": "x", "source": "", "env": SECRET_ENV}),
    "a volume of a template": in_template(2, volumes=[{"name": "v", "secret": {"secretName": "signing-key"}}]),
    "an artifact that comes in": in_template(2, inputs=ARTIFACT),
    "an artifact that goes out": in_template(2, outputs=ARTIFACT),
    "an artifact of the whole": in_spec(arguments=ARTIFACT),
    "an artifact of a task": in_task(arguments=ARTIFACT),
    "an artifact of a step": in_step(arguments=ARTIFACT),
    "a template within a task": in_task(inline={"container": {"image": "x", "env": SECRET_ENV}}),
    "a template within a step": in_step(inline={"container": {"image": "x", "env": SECRET_ENV}}),
    "a task of somebody else's template": in_task(templateRef={"name": "other", "template": "x"}),
    "a hook of a task": in_task(hooks={"exit": {"template": "one"}}),
}
CASES = [
    *(("Job", name, job(), change) for name, change in OF_JOBS.items()),
    *(("JobSet", name, job_set(), change) for name, change in OF_JOBS.items()),
    *(("Workflow", name, workflow(), change) for name, change in OF_WORKFLOWS.items()),
]


@pytest.mark.parametrize("start", [job(), job_set(), workflow()], ids=["Job", "JobSet", "Workflow"])
def test_an_engineer_runs_what_reaches_the_objects_alone(cluster: ControlPlane, start: dict[str, object]) -> None:
    assert submitted(cluster, start, "ml-engineer").returncode == 0, submitted(cluster, start, "ml-engineer").stderr
    assert submitted(cluster, start, "ml-viewer").returncode != 0


@pytest.mark.parametrize(("start", "change"), [case[2:] for case in CASES], ids=[f"{a} {b}" for a, b, *_ in CASES])
def test_an_engineers_run_has_nobody_elses_rights(
    cluster: ControlPlane, start: dict[str, object], change: Change
) -> None:
    output = submitted(cluster, changed(start, change), "ml-engineer")
    assert output.returncode != 0
    # By a rule that says why, and not since an expression failed.
    assert "of an ML engineer" in output.stderr, output.stderr
    assert "no such key" not in output.stderr
    assert "failed expression" not in output.stderr


def test_a_stage_on_several_pods_runs_as_before(cluster: ControlPlane) -> None:
    """The account of a run makes the JobSet of its training, and none with another account."""
    assert submitted(cluster, train(), RUNNER).returncode == 0, submitted(cluster, train(), RUNNER).stderr
    bad = changed(job_set(), service_account("protect"))
    assert "of an ML engineer" in submitted(cluster, bad, RUNNER).stderr


def test_whoever_deploys_is_not_judged_as_an_engineer(cluster: ControlPlane) -> None:
    signing = changed(workflow(), volume(secret={"secretName": "signing-key"}))
    cluster.create(f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows", signing)
