"""The rules and the arithmetic of a GPU pool."""

import base64
from dataclasses import dataclass
from typing import Self

from components.accelerators import Accelerator
from components.gpu_pool.args import GpuPoolArgs
from components.violations import Violations

TAINT = "nvidia.com/gpu"
POOL_LABEL = "aifactory/pool"
"""Label of every node of a pool that is made here; its value is the pool's name."""
POOL = "gpu"
"""Name of the GPU pool that a platform makes."""
# What nodeadm, which sets up Amazon Linux 2023 for EKS, reads from a node's user data (EKS user guide, "Launch templates").
LOCAL_STORAGE = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """One network interface of a node."""

    card: int
    device: int
    """Index of the device on its card: 0 for the node's first interface, 1 on every further card."""
    kind: str
    """EC2's InterfaceType: `interface` (IP alone), `efa` (IP and EFA) or `efa-only`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuPoolSpec:
    """GPU nodes of one instance type, in one zone and one placement group."""

    accelerator: Accelerator
    nodes: int

    @classmethod
    def parse(cls, args: GpuPoolArgs) -> Self:
        """Raises SpecError for a count of nodes that is none."""
        violations = Violations("GpuPool")
        nodes = args["nodes"]
        # A caller without types may pass 1.5, or True.
        violations.unless(
            type(nodes) is int and nodes >= 0,
            "nodes",
            nodes,
            "a pool has 0 nodes or more, and whole ones",
        )
        violations.raise_if_any()
        return cls(accelerator=args["accelerator"], nodes=nodes)

    @property
    def gpus(self) -> int:
        """GPUs of the whole pool."""
        return self.nodes * self.accelerator.gpus

    @property
    def ami_type(self) -> str:
        """EKS's image for its processor: each has NVIDIA's driver (EKS user guide, "EKS-optimized accelerated AMIs")."""
        return "AL2023_ARM_64_NVIDIA" if self.accelerator.arm else "AL2023_x86_64_NVIDIA"

    @property
    def most_nodes(self) -> int:
        """EKS asks for a maximum of 1 or more, also for a pool that is empty."""
        return max(self.nodes, 1)

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """One interface a card that can carry EFA; empty where none can, and the node then has its one by default.

        Card 0 carries IP, and EFA where it can (that of p6-b300 cannot); every further card is EFA alone
        (EC2 user guide, "Maximize network bandwidth with EFA").
        """
        cards = self.accelerator.network_cards
        if not self.accelerator.efa_cards:
            return ()
        first = Interface(card=0, device=0, kind="efa" if cards[0].efa else "interface")
        return (first, *(Interface(card=card.index, device=1, kind="efa-only") for card in cards[1:] if card.efa))

    @property
    def user_data(self) -> str:
        """What a node is told at its start, in base64; "" where there is nothing to tell.

        Local NVMe becomes one array that holds containers and their scratch: else it stays unused, and they are on EBS.
        """
        return base64.b64encode(LOCAL_STORAGE.encode()).decode() if self.accelerator.nvme_gb else ""

    def labels(self, pool: str) -> dict[str, str]:
        """Labels of its nodes: what the scheduler and the device plugin select by."""
        return {
            POOL_LABEL: pool,
            "nvidia.com/gpu.present": "true",
            "nvidia.com/gpu.product": self.accelerator.gpu_model.replace(" ", "-"),
            "nvidia.com/gpu.count": str(self.accelerator.gpus),
        }
