"""Pods of a production-sized training job placed on simulated GPU nodes by the real scheduler: how long, and how many a second."""

import os
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from unittest.mock import patch

from benchmarks import moto
from benchmarks.record import Failed, NotAtHand, Record
from components.accelerators import AwsAccess
from components.ec2 import instance_type_of
from components.gpu_pool.spec import TAINT
from components.instance_types import InstanceType
from host.documents import Values, mapping, sequence
from lab.node_groups.api import ApiError
from lab.node_groups.groups import NodeGroup, Taint
from lab.node_groups.nodes import SIMULATED, nodes
from lab.services import simulated
from lab.services.simulated import Simulation
from tests.simulated.conftest import allow
from tests.support import control_plane
from tests.support.control_plane import ControlPlane
from tests.support.programs import free_ports, running
from toolchain.install import Toolchain
from workloads.plan import recipe_of
from workloads.render import GPU_NODES, pod
from workloads.spec import Program

NODES, PODS, ROUNDS = 1000, 512, 5
# Of a quick run.
FEW_NODES, FEW_PODS = 20, 10
INSTANCE_TYPE = "p5.48xlarge"
NAMESPACE = "bench"
# Nobody pulls it: kwok plays the kubelet.
IMAGE = "localhost/workloads@sha256:" + "1" * 64
TOOLS = ("etcd", "kubernetes", "kwok")
# Requests at a time: pods come faster than the scheduler takes them, as from a controller of a large job.
AT_A_TIME = 8
PATIENCE = 600.0
PACE = 0.05


def measure(record: Record) -> None:
    """Makes all pods at once and waits until each has its node; again and again on the same nodes."""
    missing = sorted(tool.name for tool in Toolchain().missing() if tool.name in TOOLS)
    if missing:
        raise NotAtHand(f"{', '.join(missing)}: not in the cache; `make fetch` brings them")
    count, pods, rounds = (FEW_NODES, FEW_PODS, 1) if record.quick else (NODES, PODS, ROUNDS)
    resources = recipe_of("production", "").resources["train"]
    record.parameters |= {
        "nodes": f"{count} x {INSTANCE_TYPE}",
        "pods": pods,
        "a pod asks for": f"{resources.cpu_request:g} cores, {resources.gpus} GPU, {resources.efa} EFA interfaces",
        "rounds": rounds,
    }
    record.notes.append(
        "Real etcd, API server, controllers and scheduler with its default settings; nodes and kubelets are kwok's. From the first "
        "request to make a pod until the last is bound; as many more requests as clients are on their way at once."
    )
    with patch.dict(os.environ, moto.ACCOUNT):
        with moto.serving() as aws:
            facts = instance_type_of(INSTANCE_TYPE, AwsAccess(region=moto.REGION, endpoint=aws.endpoint))
        with simulating() as cluster:
            with record.timed(f"{count} nodes made and ready"):
                _make_nodes(cluster, facts, count)
            cluster.namespace(NAMESPACE)
            for number in range(rounds):
                record.say(f"  round {number + 1} of {rounds}")
                seconds = _placed(cluster, pods)
                record.add("first pod made to last pod bound", seconds, "s")
                record.add("placed", pods / seconds, "pods/s")
                _removed(cluster)


@contextmanager
def simulating() -> Generator[ControlPlane]:
    """A control plane of its own and kwok beside it; nothing makes nodes but who asks for them."""
    with control_plane.serving() as cluster:
        allow(cluster)
        (port,) = free_ports(1)
        simulation = Simulation(region=moto.REGION, endpoint="", address="127.0.0.1", kwok_port=port)
        kwok = [one for one in simulated.programs(cluster.home, Toolchain(), simulation) if one.name == "kwok"]
        with running(kwok, cluster.home.logs):
            yield cluster


def _make_nodes(cluster: ControlPlane, facts: InstanceType, count: int) -> None:
    """Nodes as those of a node group of the GPU pool's, until all can take pods."""
    group = NodeGroup(
        arn="arn:aws:eks:us-east-1:123456789012:nodegroup/cluster/gpu-nodes/bench",
        name="gpu-nodes",
        nodes=count,
        facts=facts,
        zones=(f"{moto.REGION}a",),
        labels=dict(GPU_NODES),
        taints=(Taint(key=TAINT, value="true", effect="NoSchedule"),),
    )
    _each(nodes(group), lambda node: cluster.create("/api/v1/nodes", node))

    def open_nodes() -> int:
        # Until a node reported, Kubernetes itself keeps pods off it by a taint of its own.
        found = cluster.items("/api/v1/nodes", labelSelector=f"{SIMULATED}=true")
        return sum(
            [mapping(taint).get("key") for taint in sequence(mapping(node["spec"]).get("taints"))] == [TAINT]
            for node in found
        )

    _until(lambda: open_nodes() == count, "nodes are ready", 1.0)


def _placed(cluster: ControlPlane, count: int) -> float:
    """Seconds from the first pod's making until every pod has a node."""
    path = f"/api/v1/namespaces/{NAMESPACE}/pods"
    began = time.monotonic()
    _each((_pod(number) for number in range(count)), lambda one: cluster.create(path, one))
    # One pod that waits is answer enough: the list of all is megabytes, and would take the scheduler's time.
    waiting = {"fieldSelector": "spec.nodeName=", "limit": "1"}
    _until(lambda: not cluster.items(path, **waiting), "pods are bound", PACE)
    seconds = time.monotonic() - began
    bound = len(cluster.items(path, fieldSelector="spec.nodeName!="))
    if bound != count:
        raise Failed(f"{bound} of {count} pods are bound")
    return seconds


def _removed(cluster: ControlPlane) -> None:
    path = f"/api/v1/namespaces/{NAMESPACE}/pods"
    cluster.delete(path)
    _until(lambda: not cluster.items(path, limit="1"), "pods are gone", 1.0)


def _pod(number: int) -> Values:
    """One as the production recipe trains on."""
    program = Program(
        name="main", image=IMAGE, command=("train",), resources=recipe_of("production", "").resources["train"]
    )
    return {"metadata": {"name": f"train-{number:04d}"}, "spec": pod([program], account="default")}


def _each(items: Iterable[Mapping[str, object]], do: Callable[[Mapping[str, object]], object]) -> None:
    """Does it to each, some at a time. Raises what the first that fails raises."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for done in [pool.submit(do, item) for item in items]:
            done.result()


def _until(condition: Callable[[], bool], what: str, pace: float) -> None:
    """Waits; a busy API server may refuse an answer, which is asked for again. Raises Failed."""
    paced, end, last = Event(), time.monotonic() + PATIENCE, ""
    while time.monotonic() < end:
        try:
            if condition():
                return
        except ApiError as error:
            last = f": {error}"
        paced.wait(pace)
    raise Failed(f"not so after {PATIENCE:.0f} s: {what}{last}")
