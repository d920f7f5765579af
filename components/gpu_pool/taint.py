"""The taint of GPU nodes: what asks for no GPU is kept off nodes that cost as much as these."""

from dataclasses import dataclass

# EKS's names of Kubernetes' effects (EKS API, CreateNodegroup, Taint).
EKS_EFFECTS = {"NoSchedule": "NO_SCHEDULE", "NoExecute": "NO_EXECUTE", "PreferNoSchedule": "PREFER_NO_SCHEDULE"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A taint of a node, as Kubernetes writes it."""

    key: str
    value: str
    effect: str

    @property
    def eks_effect(self) -> str:
        """The effect as the EKS API names it."""
        return EKS_EFFECTS[self.effect]

    @property
    def toleration(self) -> dict[str, str]:
        """What a pod or a chart's DaemonSet tolerates it by. It holds for any value of the taint."""
        return {"key": self.key, "operator": "Exists", "effect": self.effect}


# The value is the one that the workers of Node Feature Discovery tolerate by default (chart nvidia-device-plugin,
# values.yaml).
GPU_TAINT = Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule")
"""The one taint of every GPU node; every chart that runs on GPU nodes tolerates it by `GPU_TAINT.toleration`."""
