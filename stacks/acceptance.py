"""GPU nodes that prove themselves before a run: declared by the layer that has the image, the stores and the key.

The platform has neither of them, and a test that fails there would stop what repairs it from being deployed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_kubernetes import core, meta

from components.accelerators import Unanswered
from components.acceptance.args import AcceptanceTestArgs, RecordArgs
from components.acceptance.component import AcceptanceTest
from components.filesystem.spec import CLAIM
from components.gpu_pool.spec import POOL
from components.object_store.identity import ACCEPT
from components.violations import SpecError, Violation
from stacks import contracts
from stacks.demand import Demand
from stacks.gpu_node import GpuNode
from stacks.names import PROJECT
from stacks.node_pool import NodePool
from stacks.sections import AcceptanceSection
from stacks.settings import StackName
from workloads.recipe import Resources
from workloads.server import pull_secrets
from workloads.spec import PROTECTION_SECRET, SHARED_PATH, SIGNING_SECRET, STORES_CONFIG, Stores

DEFAULT_CPU = 4.0
DEFAULT_MEMORY_GIB = 16
"""Of a pod of the test, as the component has them where nobody says otherwise; a test holds the two to each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeUnderTest:
    """What is tested of each node, as the platform's contract has it."""

    instance_type: str
    """"" for nodes that exist already."""
    gpus: int
    gpu_model: str
    efa_cards: int


def tested_node(instance_type: str, node: GpuNode) -> NodeUnderTest:
    """What a node of the pool has. Raises SpecError where nobody says how many GPUs that is."""
    if node.gpus is None:
        raise SpecError(
            "AcceptanceTest",
            (
                Violation(
                    f"{PROJECT}:gpusPerNode",
                    "",
                    "a node is tested with all of its GPUs, and the platform has no pool, or says no count of theirs",
                    "set gpuInstanceType, or gpusPerNode beside gpuNodeLabels, in the layer platform; or remove"
                    f" {PROJECT}:acceptance",
                ),
            ),
        )
    return NodeUnderTest(
        instance_type=instance_type, gpus=node.gpus, gpu_model=node.gpu_model or "", efa_cards=node.efa or 0
    )


def demand_of(section: AcceptanceSection, pools: Sequence[NodePool], gpu_nodes: Mapping[str, str]) -> Demand | None:
    """What the pods of the test ask of the GPU pool; None where there is no test, or its GPUs are not known."""
    gpus, efa = next(((pool.gpus, pool.efa) for pool in pools if pool.name == POOL), (None, None))
    nodes = section.get("nodes", 0)
    if not gpus or nodes < 1:
        return None
    cpu, memory_gib = section.get("cpu", DEFAULT_CPU), section.get("memory_gib", DEFAULT_MEMORY_GIB)
    asked = Resources(
        pods=nodes, cpu_request=cpu, cpu=cpu, memory_gib=memory_gib, gpus=gpus, efa=section.get("efa", efa or 0)
    )
    found = Demand.of("acceptance", asked, path=f"{PROJECT}:acceptance", gpu_nodes=gpu_nodes)
    # All of its memory is kept for it, unlike a stage's.
    return replace(found, memory_mib=found.most_memory_mib, zone="", names={"pods": "nodes", "cpu_request": "cpu"})


def declare_acceptance(
    stack: StackName,
    section: AcceptanceSection,
    platform: contracts.PlatformContract,
    *,
    image: str,
    stores: Stores,
    pull_secret: str,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """What a run waits for: nothing where no test is configured. Raises SpecError for what cannot be tested.

    A preview goes on where EC2 does not answer, and says that it did not show the test.
    """
    if not section:
        return []
    try:
        node = tested_node(platform.gpu_instance_type, contracts.gpu_node_of(stack, platform))
    except Unanswered as error:
        pulumi.log.warn(f"the acceptance test is not previewed: {error}")
        return []
    account = core.v1.ServiceAccount(
        f"{ACCEPT}-account",
        metadata=meta.v1.ObjectMetaArgs(name=ACCEPT, namespace=contracts.NAMESPACE),
        image_pull_secrets=pull_secrets(pull_secret),
        opts=opts,
    )
    environment = dict(stores.environment(protection=True))
    if platform.state_claim != CLAIM:
        # On FSx only its folders are the pods', not its root.
        environment["FILESYSTEM_DIR"] = f"{SHARED_PATH}/checkpoints"
    record: RecordArgs = {"environment": environment, "signing_secret": SIGNING_SECRET}
    if stores.identity_region:
        record["stores_config"] = STORES_CONFIG
    else:
        record["stores_secret"] = PROTECTION_SECRET
    args: AcceptanceTestArgs = {
        **section,
        "pool": POOL,
        "nodes": section.get("nodes", 0),
        "node_labels": platform.gpu_node_labels,
        "accelerator": node,
        "namespace": contracts.NAMESPACE,
        "image": image,
        "claim": CLAIM,
        "service_account": ACCEPT,
        "record": record,
    }
    return [
        AcceptanceTest(
            "acceptance", args, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[account]))
        )
    ]
