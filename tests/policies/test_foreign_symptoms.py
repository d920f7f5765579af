"""What rules said wrongly of manifests that others wrote: each test is named after what was seen."""

from collections.abc import Iterator, Mapping

import pytest

from policies import secrets
from policies.pack import RULES
from policies.resource import PolicyResource, Values
from policies.rules.data import k8s_volume_retained
from policies.rules.gpu import gpu_pod_no_bypass
from policies.rules.model import serving_probed, serving_prompts_unlogged, train_jobset_gang
from policies.rules.workload import k8s_config_map_no_secret, k8s_job_ended
from tests.policies.case import POD, job_set
from tests.policies.judged import violations

POD_KIND = "kubernetes:core/v1:Pod"


def pod(container: Values, **spec: object) -> PolicyResource:
    return PolicyResource(kind=POD_KIND, props={"spec": {**spec, "containers": [{"name": "main", **container}]}})


@pytest.mark.parametrize("folder", ["/dev/shm", "/dev/shm/train", "/dev/log", "/development"])
def test_a_folder_below_dev_that_is_no_device_was_a_bypass(folder: str) -> None:
    volumes = [{"name": "v", "hostPath": {"path": folder}}]
    assert list(violations(gpu_pod_no_bypass.RULE, pod({}, volumes=volumes))) == []
    assert list(violations(RULES["k8s-pod-no-host-path"], pod({}, volumes=volumes)))


@pytest.mark.parametrize("folder", ["/dev", "/dev/", "/dev/nvidia0", "/dev/infiniband"])
def test_devices_of_a_node_are_still_a_bypass(folder: str) -> None:
    volumes = [{"name": "v", "hostPath": {"path": folder}}]
    assert list(violations(gpu_pod_no_bypass.RULE, pod({}, volumes=volumes)))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port=8000", "--vllm-port=8001", "--connector=nixlv2"],
        ["-poolName", "vllm-llama3-1b-instruct", "-grpcPort", "9002"],
        ["--model-server-metrics", "vllm:num_requests_waiting"],
    ],
)
def test_a_router_beside_a_server_was_taken_for_one(arguments: list[str]) -> None:
    image = "registry.example.org/routing-sidecar:1"
    assert list(violations(serving_probed.RULE, pod({"image": image, "args": arguments}))) == []


@pytest.mark.parametrize(
    "command",
    [
        ["vllm", "serve", "/model"],
        ["/opt/venv/bin/vllm", "serve", "/model"],
        ["python3", "-m", "vllm.entrypoints.openai.api_server"],
        ["sh", "-c", "set -x; exec vllm serve /model"],
        ["bash", "-c", "(vllm serve /model)"],
        ["tritonserver", "--model-store=/model"],
    ],
)
def test_a_server_is_told_by_its_program(command: list[str]) -> None:
    assert list(violations(serving_probed.RULE, pod({"image": "registry.example.org/x:1", "command": command})))


class Counted(Mapping[str, object]):
    """A container that counts how often its command is read."""

    def __init__(self, values: Values) -> None:
        self.values_of = values
        self.reads = 0

    def __getitem__(self, key: str) -> object:
        self.reads += key == "command"
        return self.values_of[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_of)

    def __len__(self) -> int:
        return len(self.values_of)


def test_a_long_script_took_the_square_of_its_words() -> None:
    def reads(words: int) -> int:
        container = Counted({"name": "main", "image": "image", "command": ["vllm", *["word"] * words]})
        spec = {"containers": [container]}
        assert (
            list(violations(serving_prompts_unlogged.RULE, PolicyResource(kind=POD_KIND, props={"spec": spec}))) == []
        )
        return container.reads

    assert reads(1) == reads(1000) > 0


def test_a_role_of_those_who_do_not_log_in_was_a_secret() -> None:
    assert not secrets.is_held("GF_AUTH_ANONYMOUS_ORG_ROLE", "Admin")
    assert secrets.is_held("GF_AUTH_ANONYMOUS_PASSWORD", "Admin")


def test_the_name_of_a_key_in_a_secret_was_a_secret() -> None:
    found = PolicyResource(
        kind="kubernetes:core/v1:ConfigMap",
        props={"data": {"config": '{"s3": {"s3AccessKeyIDName": "awsAccessKeyID"}}'}},
    )
    assert list(violations(k8s_config_map_no_secret.RULE, found)) == []
    assert secrets.is_named("s3SecretAccessKey")
    assert secrets.is_named("DBPassword")


def test_what_kubernetes_bounds_and_keeps_by_itself_was_missing() -> None:
    job = PolicyResource(kind="kubernetes:batch/v1:Job", props={"spec": {"template": {}}})
    assert list(violations(k8s_job_ended.RULE, job)) == []
    volume = PolicyResource(kind="kubernetes:core/v1:PersistentVolume", props={"spec": {"nfs": {"path": "/"}}})
    assert list(violations(k8s_volume_retained.RULE, volume)) == []


def test_the_path_of_a_job_set_began_with_a_dot() -> None:
    props = {key: value for key, value in job_set(POD).items() if key != "metadata"}
    found = PolicyResource(kind="kubernetes:jobset.x-k8s.io/v1alpha2:JobSet", props=props)
    assert next(violations(train_jobset_gang.RULE, found)).startswith("metadata.labels is ")


def test_the_schema_of_a_definition_was_a_workflow() -> None:
    schema = {"properties": {"submit": {"properties": {"workflowTemplateRef": {"type": "object"}}}}}
    kind = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    found = PolicyResource(kind=kind, props={"spec": {"versions": [{"schema": schema}]}})
    assert list(violations(RULES["workload-no-hidden-pods"], found)) == []
