"""What an acceptance test is made from."""

from collections.abc import Mapping
from typing import NotRequired, Protocol, TypedDict

import pulumi


class GpuFacts(Protocol):
    """What is known of a node with GPUs; an `Accelerator` has all of it."""

    @property
    def instance_type(self) -> str:
        """EC2's name of the node's type; "" elsewhere."""
        ...

    @property
    def gpus(self) -> int:
        """GPUs of a node."""
        ...

    @property
    def gpu_model(self) -> str:
        """EC2's name of the GPU, e.g. `H100`; "" where nobody says it, and then no ceiling of a card is known."""
        ...

    @property
    def efa_cards(self) -> int:
        """Cards that can carry EFA."""
        ...


class RecordArgs(TypedDict):
    """Where the signed result is kept, and by which accounts."""

    environment: Mapping[str, str]
    """What tells the program its stores, e.g. `VAULT_BUCKET` and `VAULT_RETENTION_DAYS`. Plain, and no secret."""
    stores_secret: NotRequired[str]
    """Secret with the AWS files `config` and `credentials`, mounted at /etc/aifactory/stores; absent where the pod's service
    account has a role (EKS Pod Identity)."""
    stores_config: NotRequired[str]
    """ConfigMap with the AWS file `config` of pods whose service account has a role, mounted at the same path: no key is in it."""
    signing_secret: str
    """Secret with the factory's signing key, `key.pem`."""


class AcceptanceTestArgs(TypedDict):
    """What an acceptance test is made from."""

    pool: str
    """Name of the pool, by which its record is found."""
    nodes: int
    """Nodes to test, each by one pod; at least 1. Plain: it decides how many pods exist."""
    node_labels: Mapping[str, str]
    """Labels of the pool's nodes."""
    accelerator: NotRequired[GpuFacts]
    """Facts of its nodes, e.g. an `Accelerator` as EC2 describes it; absent for nodes without a GPU, e.g. of the lab."""
    taint: NotRequired[str]
    """Key of the taint that pods have to tolerate; `nvidia.com/gpu` where nodes have GPUs, none else."""
    efa: NotRequired[int]
    """EFA interfaces that each pod asks for; those that the type has where absent."""
    namespace: pulumi.Input[str]
    """The namespace of its Job."""
    image: str
    """The image that trains, by digest: the same libraries are tested."""
    claim: NotRequired[pulumi.Input[str]]
    """Claim of the shared filesystem; it is not tested where absent."""
    filesystem_mb_s: NotRequired[float]
    """MB/s that the whole filesystem is expected to give, as its component says; not judged where absent."""
    floors: NotRequired[Mapping[str, float]]
    """Other floors than those of the table, e.g. `{"all_reduce_gb_s": 250}`; 0 judges nothing."""
    dcgm_level: NotRequired[int]
    """Level of `dcgmi diag`, 1 to 4 (DCGM user guide); 2 where absent. Skipped where the image has no dcgmi."""
    cpu: NotRequired[float]
    """Cores of a pod; 4 where absent."""
    memory_gib: NotRequired[int]
    """Memory of a pod in GiB; 16 where absent."""
    seconds: NotRequired[int]
    """When the test is given up; 1800 where absent."""
    service_account: NotRequired[str]
    """`default` where absent."""
    record: RecordArgs
    """Where its signed result is kept."""
