"""Production-sized jobs on simulated nodes: placed by the real scheduler, never completed.

The tests run in the order of this file and share one platform, which grows from one to the next.
"""

from typing import Protocol, cast

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from components.accelerators import AwsAccess, accelerator_of
from components.gpu_pool.spec import POOL_LABEL, TAINT
from components.gpu_pool.taint import GPU_TAINT
from host.documents import Values, mapping, sequence, text
from lab.node_groups.nodes import EFA, GPU, NODE_GROUP
from lab.services.simulated import STAGES
from tests.simulated.conftest import REGION, Site, condition, phase
from tests.support.programs import until
from workloads import preview
from workloads.images import Images
from workloads.pipeline.workflow import RunEnvironment, job_set
from workloads.plan import Run, recipe_of
from workloads.spec import Stores

NAMESPACE = "factory"
IMAGES = Images(workloads="localhost/workloads@sha256:" + "1" * 64, environment="2" * 64)
PLACE = RunEnvironment(
    namespace=NAMESPACE,
    claim="shared",
    stores=Stores(objects="objects", vault="vault", offsite="offsite", retention_days=1),
    tracking_uri="http://mlflow.factory.svc:5000",
)
RUN = Run.plan(recipe_of("production", ""), IMAGES, 1)


class S3(Protocol):
    def get_object(self, *, Bucket: str, Key: str) -> object: ...


def training_job() -> Values:
    """The Job that JobSet makes of the production recipe's training stage."""
    made = job_set(RUN, next(stage for stage in RUN.stages if stage.name == "train"), PLACE)
    (worker,) = sequence(mapping(made["spec"])["replicatedJobs"])
    return {"metadata": {"name": "train"}, **mapping(mapping(worker)["template"])}


def offered(node: Values, resource: str) -> object:
    return mapping(mapping(node["status"])["allocatable"]).get(resource)


def labels(node: Values) -> Values:
    return mapping(mapping(node["metadata"])["labels"])


def test_a_declared_pool_becomes_nodes_of_its_instance_type(site: Site) -> None:
    site.deploy(gpuInstanceType="p5.48xlarge", gpuNodes="3")
    until(lambda: len(site.ready()) == 3, lambda: str(site.pool()))
    facts = accelerator_of("p5.48xlarge", AwsAccess(region=REGION, endpoint=site.endpoint))
    for node in site.pool():
        assert offered(node, GPU) == str(facts.gpus) == "8"
        assert offered(node, EFA) == str(facts.efa_cards) == "32"
        assert offered(node, "cpu") == str(facts.vcpus)
        assert offered(node, "memory") == "2Ti"
        assert labels(node)["node.kubernetes.io/instance-type"] == "p5.48xlarge"
        assert labels(node)["topology.kubernetes.io/zone"] == f"{REGION}a"
        assert labels(node)[POOL_LABEL] == "gpu"
        assert text(labels(node)[NODE_GROUP]).startswith("gpu-nodes")
        assert mapping(node["spec"])["taints"] == [{"key": TAINT, "value": GPU_TAINT.value, "effect": "NoSchedule"}]


def test_with_three_nodes_some_pods_wait_and_say_why(site: Site) -> None:
    site.cluster.create(
        f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts", {"metadata": {"name": "stage", "namespace": NAMESPACE}}
    )
    site.cluster.create(f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs", training_job())
    pods = RUN.recipe.resources["train"].pods

    def settled() -> bool:
        found = site.pods(NAMESPACE)
        judged = [pod for pod in found if phase(pod) == "Running" or condition(pod, "PodScheduled").get("reason")]
        return len(judged) == pods

    until(settled, lambda: str([condition(pod, "PodScheduled") for pod in site.pods(NAMESPACE)]))
    waiting = [pod for pod in site.pods(NAMESPACE) if phase(pod) == "Pending"]
    assert (pods, len(waiting)) == (32, 8)
    for pod in waiting:
        placed = condition(pod, "PodScheduled")
        assert placed["reason"] == "Unschedulable"
        assert f"3 Insufficient {GPU}" in text(placed["message"])
        assert f"3 Insufficient {EFA}" in text(placed["message"])


def test_with_four_nodes_every_pod_runs_and_every_gpu_and_efa_card_is_taken(site: Site) -> None:
    site.deploy(gpuNodes="4")
    until(lambda: [phase(pod) for pod in site.pods(NAMESPACE)] == ["Running"] * 32)
    asked: dict[str, list[Values]] = {}
    for pod in site.pods(NAMESPACE):
        (container,) = sequence(mapping(pod["spec"])["containers"])
        requests = mapping(mapping(mapping(container)["resources"])["requests"])
        asked.setdefault(text(mapping(pod["spec"])["nodeName"]), []).append(requests)
    assert set(asked) == {text(mapping(node["metadata"])["name"]) for node in site.pool()}
    for node in site.pool():
        here = asked[text(mapping(node["metadata"])["name"])]
        for resource in (GPU, EFA):
            assert sum(int(text(requests[resource])) for requests in here) == int(text(offered(node, resource)))


def test_a_simulated_run_never_ends_and_leaves_no_manifest(site: Site) -> None:
    # kwok plays its stages in order: when it has come to a later pod, it was through with these.
    site.cluster.create(
        f"/api/v1/namespaces/{NAMESPACE}/pods",
        {
            "metadata": {"name": "later"},
            "spec": {
                "containers": [{"name": "main", "image": IMAGES.workloads}],
                "tolerations": [{"key": TAINT, "operator": "Exists"}],
            },
        },
    )
    until(lambda: phase(site.cluster.get(f"/api/v1/namespaces/{NAMESPACE}/pods/later")) == "Running")
    job = site.cluster.get(f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs/train")
    assert mapping(job["status"])["active"] == 32
    assert "succeeded" not in mapping(job["status"])
    assert condition(job, "Complete") == {}
    s3 = cast("S3", boto3.client("s3", REGION, endpoint_url=site.endpoint))

    def exists(path: str) -> bool:
        with pytest.raises(ClientError, match="NoSuchKey"):
            s3.get_object(Bucket="objects", Key=path)
        return False

    assert preview.to_run(RUN, exists) == tuple(stage.name for stage in RUN.stages)


def test_no_stage_of_kwok_ends_a_pod() -> None:
    stages = [mapping(document) for document in yaml.safe_load_all(STAGES.read_text())]
    written = [
        text(mapping(mapping(stage["spec"])["next"]).get("statusTemplate")) for stage in stages if "spec" in stage
    ]
    assert len(written) == 4
    assert not any(end in template for template in written for end in ("Succeeded", "Failed", "terminated"))


def test_nothing_else_is_placed_on_the_pool(site: Site) -> None:
    plain = {"metadata": {"name": "plain"}, "spec": {"containers": [{"name": "main", "image": IMAGES.workloads}]}}
    site.cluster.create(f"/api/v1/namespaces/{NAMESPACE}/pods", plain)
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/plain"
    until(lambda: condition(site.cluster.get(path), "PodScheduled").get("reason") == "Unschedulable")
    assert "untolerated taint" in text(condition(site.cluster.get(path), "PodScheduled")["message"])


def test_a_pool_that_is_declared_no_more_takes_its_nodes_along(site: Site) -> None:
    site.deploy(gpuInstanceType="", gpuNodes="0")
    until(lambda: site.pool() == [])
