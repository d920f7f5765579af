"""What a card and a network can do, and the share of it that a good one reaches."""

from collections.abc import Mapping
from dataclasses import dataclass

MEASURED = "measured on one card with the same program"
SHEET = "NVIDIA's data sheet, dense"
# A card that was measured is expected to come close to it: below, it is throttled, shared or damaged. A data sheet names what
# no program reaches: the cards that were measured give 0.77 to 0.81 of its products, 0.89 of its memory and 0.87 of its link.
OF_MEASURED = 0.9
OF_SHEET = 0.6
# All-reduce over EFA: 300 GB/s of p5's 400 is the gate of NVIDIA/aicr's recipe for H100 on EKS.
OF_NETWORK = 0.75
OF_FILESYSTEM = 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Ceilings of one kind of GPU; 0 where none is known."""

    tflops: float
    """bf16 product of large matrices, TFLOP/s."""
    memory: float
    """Copy within the card's memory, GB/s of bytes read plus written."""
    link: float
    """Pinned host memory to the card, GB/s; each way."""
    source: str
    share: float

    def floors(self) -> dict[str, float]:
        """The least that a good card reaches, by what is measured."""
        whole = {"tflops": self.tflops, "memory_gb_s": self.memory, "link_gb_s": self.link}
        return {name: round(value * self.share, 1) for name, value in whole.items() if value}


# By EC2's name of the GPU (DescribeInstanceTypes, GpuInfo). The host link of H100 and H200 is the same, PCIe 5 x16; the sheets
# give 64 GB/s for PCIe 5 x16 and 32 for PCIe 4 x16. A card without an entry is measured and recorded, not judged.
CARDS: Mapping[str, Card] = {
    "H100": Card(tflops=798, memory=3000, link=54.8, source=MEASURED, share=OF_MEASURED),
    "H200": Card(tflops=763, memory=4260, link=54.8, source=MEASURED, share=OF_MEASURED),
    "A100": Card(tflops=312, memory=1555, link=32, source=f"{SHEET} (A100 40 GB SXM)", share=OF_SHEET),
    "B200": Card(tflops=2250, memory=7700, link=64, source=f"{SHEET} (HGX B200)", share=OF_SHEET),
    "L40S": Card(tflops=362, memory=864, link=32, source=f"{SHEET} (L40S)", share=OF_SHEET),
    "L4": Card(tflops=121, memory=300, link=32, source=f"{SHEET} (L4)", share=OF_SHEET),
}
# Gbit/s that a node sends over all of its cards (EC2 user guide, "Accelerated computing instances", network specifications).
NETWORK_GBPS: Mapping[str, int] = {
    "p4d.24xlarge": 400,
    "p4de.24xlarge": 400,
    "p5.48xlarge": 3200,
    "p5e.48xlarge": 3200,
    "p5en.48xlarge": 3200,
    "p6-b200.48xlarge": 3200,
    "p6-b300.48xlarge": 6400,
}
