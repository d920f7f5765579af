"""Training on many pods, on a real API server with Kubernetes' own controllers; what a node would report is written by the test."""

import json
import subprocess
from typing import cast

import pytest
import yaml

from host.documents import Values, mapping, sequence, text
from tests.support.control_plane import ControlPlane
from tests.support.programs import until
from toolchain.install import Toolchain
from workloads.images import Images
from workloads.pipeline.workflow import STAGE_ACCOUNT, USER_ERROR, RunEnvironment, spec
from workloads.plan import Run, recipe_of
from workloads.spec import Stores

NAMESPACE = "factory"
DEFINITION = "components/crd/bases/jobset.x-k8s.io_jobsets.yaml"
FAILED = 1


def train() -> Values:
    """The template of the stage as the run's Workflow has it."""
    place = RunEnvironment(
        namespace=NAMESPACE,
        claim="shared",
        stores=Stores(objects="objects", vault="vault", offsite="offsite", retention_days=1),
        tracking_uri="http://mlflow",
    )
    images = Images(workloads="localhost/workloads@sha256:" + "1" * 64, environment="2" * 64)
    templates = sequence(spec(Run.plan(recipe_of("lab", ""), images, 1), place)["templates"])
    return next(mapping(it) for it in templates if mapping(it)["name"] == "train")


def manifest() -> Values:
    return mapping(json.loads(text(mapping(train()["resource"])["manifest"])))


@pytest.fixture(scope="module")
def factory(cluster: ControlPlane) -> ControlPlane:
    """The namespace of a factory, on a cluster that knows JobSets."""
    cluster.namespace(NAMESPACE)
    cluster.create(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts", {"metadata": {"name": STAGE_ACCOUNT}})
    definition = Toolchain().assets("jobset", "config") / DEFINITION
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    cluster.create(path, cast("Values", yaml.safe_load(definition.read_text())))
    until(lambda: cluster.api.get(f"/apis/jobset.x-k8s.io/v1alpha2/namespaces/{NAMESPACE}/jobsets") is not None)
    return cluster


def failed_job(factory: ControlPlane, name: str, exit_code: int) -> str:
    """Why the Job of a training failed, one of whose pods ended with this code."""
    replicated = mapping(sequence(mapping(manifest()["spec"])["replicatedJobs"])[0])
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, **mapping(replicated["template"])}
    jobs, pods = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs", f"/api/v1/namespaces/{NAMESPACE}/pods"
    factory.create(jobs, job)

    def of_job() -> list[Values]:
        return factory.items(pods, labelSelector=f"job-name={name}")

    until(lambda: len(of_job()) == 2)
    pod = text(mapping(of_job()[1]["metadata"])["name"])
    ended = {"exitCode": exit_code, "reason": "Error", "finishedAt": "2026-01-01T00:00:00Z"}
    container = {"name": "main", "image": "", "imageID": "", "ready": False, "restartCount": 0}
    status = {"phase": "Failed", "containerStatuses": [{**container, "state": {"terminated": ended}}]}
    factory.patch(f"{pods}/{pod}/status", {"status": status})

    def reasons() -> list[str]:
        conditions = sequence(mapping(factory.get(f"{jobs}/{name}").get("status")).get("conditions"))
        return [text(it["reason"]) for it in map(mapping, conditions) if it["type"] in ("Failed", "FailureTarget")]

    until(lambda: bool(reasons()))
    return reasons()[0]


def test_a_users_fault_restarted_all_workers(factory: ControlPlane) -> None:
    # What a Job's failure means to the JobSet, it knows by these reasons.
    policy = mapping(mapping(manifest()["spec"])["failurePolicy"])
    (rule,) = map(mapping, sequence(policy["rules"]))
    assert (rule["action"], rule["onJobFailureReasons"]) == ("FailJobSet", ["PodFailurePolicy"])
    assert failed_job(factory, "user", USER_ERROR) == "PodFailurePolicy"
    assert failed_job(factory, "passing", FAILED) == "BackoffLimitExceeded"


def test_a_step_that_made_a_job_set_and_lost_its_watcher_attaches_again(factory: ControlPlane) -> None:
    resource = mapping(train()["resource"])
    path = f"/apis/jobset.x-k8s.io/v1alpha2/namespaces/{NAMESPACE}/jobsets/{mapping(manifest()['metadata'])['name']}"

    def step(*arguments: str) -> "subprocess.CompletedProcess[str]":
        """As Argo's executor runs it."""
        command = [Toolchain().path("kubectl"), "--kubeconfig", factory.kubeconfig, *arguments, "-o", "json", "-f", "-"]
        given = text(resource["manifest"])
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False)

    apply = (text(resource["action"]), *(text(flag) for flag in sequence(resource["flags"])))
    first = step(*apply)
    assert first.returncode == 0, first.stderr
    made = factory.get(path)
    # JobSet's own controller fills in what was left open, and reports.
    jobs = [{**mapping(it), "groupName": "default"} for it in sequence(mapping(made["spec"])["replicatedJobs"])]
    factory.patch(path, {"spec": {"replicatedJobs": jobs, "network": {"enableDNSHostnames": True}}})
    factory.patch(f"{path}/status", {"status": {"restarts": 1, "restartsCountTowardsMax": 1}})
    before = factory.get(path)
    again = step(*apply)
    assert again.returncode == 0, again.stderr
    after = factory.get(path)
    # It is the same, its pods run on, and what it was is not forgotten.
    assert [mapping(after["metadata"])[key] for key in ("uid", "generation")] == [
        mapping(before["metadata"])[key] for key in ("uid", "generation")
    ]
    assert (after["spec"], after["status"]) == (before["spec"], before["status"])
    # What the step did before.
    assert "already exists" in step("create").stderr
