"""The rules of a pool of Karpenter's, and what its NodePool and EC2NodeClass say.

What the CRDs' CEL rules refuse only once they reach the cluster is refused here (karpenter-provider-aws 1.14.1,
pkg/apis/crds).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

from components.accelerators import Accelerator
from components.gpu_pool.capacity import Block, Capacity, OnDemand, Reserved, Spot, parse_capacity
from components.gpu_pool.image import AL2023, BOTTLEROCKET, DEFAULT_ROOT_GIB, NodeImage, parse_image
from components.gpu_pool.interfaces import Interface, check_interfaces, interfaces_of
from components.gpu_pool.spec import TAINT, check_tags, pool_labels
from components.gpu_pool.taint import GPU_TAINT
from components.karpenter_pool.args import KarpenterPoolArgs
from components.violations import Violations

GROUP = "karpenter.k8s.aws"
# EC2NodeClass, spec.blockDeviceMappings.ebs.volumeSize: up to 59000Gi.
LARGEST_ROOT_GIB = 59_000
# EC2NodeClass, spec.tags: Karpenter finds its own instances by them.
RESTRICTED_TAGS = ("karpenter.sh/nodepool", "karpenter.sh/nodeclaim", "karpenter.k8s.aws/ec2nodeclass")
# NodePool, spec.weight.
HEAVIEST = 100
# Longer than an image of tens of GiB is pulled in, so that a retried job finds its node again.
EMPTY_FOR = "15m"


@dataclass(frozen=True, kw_only=True, slots=True)
class KarpenterPoolSpec:
    """GPU nodes of one instance type, in one zone, that Karpenter starts."""

    accelerator: Accelerator
    capacity: Capacity
    image: NodeImage
    max_nodes: int
    replicas: int | None
    """Nodes of a static pool; None where nodes come with pods."""
    weight: int | None

    @classmethod
    def parse(cls, args: KarpenterPoolArgs) -> Self:
        """Raises SpecError with all that a pool's rules, EC2's facts and Karpenter's CRDs refuse."""
        violations = Violations("KarpenterPool")
        accelerator, most = args["accelerator"], args["max_nodes"]
        counted = violations.unless(
            type(most) is int and most >= 1, "max_nodes", most, "a pool may have 1 node or more, and whole ones"
        )
        capacity = parse_capacity(
            cast("Mapping[str, object] | None", args.get("capacity")),
            accelerator=accelerator,
            most_nodes=most if counted else 1,
            zone=args.get("zone", ""),
            violations=violations,
        )
        if isinstance(capacity, Reserved):
            # EC2NodeClass, spec.capacityReservationSelectorTerms: by id, or by tags.
            violations.unless(
                not capacity.resource_group_arn,
                "capacity.resource_group_arn",
                capacity.resource_group_arn,
                "Karpenter finds a reservation by its ID",
                "set id, and make a pool of each reservation",
            )
        image = parse_image(
            accelerator,
            system=args.get("os", AL2023),
            version=args["version"],
            release=args["release_version"],
            root_gib=args.get("root_gib", DEFAULT_ROOT_GIB),
            violations=violations,
        )
        # Karpenter's alias without a release is `latest`: nodes are then replaced on the day of the next one.
        violations.unless(
            bool(args["release_version"]),
            "release_version",
            args["release_version"],
            "a release is named: nodes of Karpenter's `latest` are replaced whenever there is a newer one",
            "set the release that the cluster's version was tested with",
        )
        violations.unless(
            type(image.root_gib) is not int or image.root_gib <= LARGEST_ROOT_GIB,
            "root_gib",
            image.root_gib,
            f"Karpenter takes {LARGEST_ROOT_GIB} GiB at most",
            f"set {DEFAULT_ROOT_GIB}",
        )
        check_interfaces(accelerator, karpenter_interfaces(accelerator), violations)
        _check_mode(args, most if counted else None, violations)
        tags = args.get("tags", {})
        check_tags(tags, violations)
        for key in sorted(tags.keys() & set(RESTRICTED_TAGS)):
            violations.unless(
                False, f"tags[{key}]", tags[key], "Karpenter's own tags are its own", "choose another key"
            )
        violations.raise_if_any()
        return cls(
            accelerator=accelerator,
            # None has been noted above.
            capacity=cast("Capacity", capacity),
            image=image,
            max_nodes=most,
            replicas=args.get("replicas"),
            weight=args.get("weight"),
        )

    @property
    def makes_placement_group(self) -> bool:
        """Only on demand, as of a GpuPool."""
        return isinstance(self.capacity, OnDemand) and "cluster" in self.accelerator.placement_strategies

    @property
    def reservation_group(self) -> str:
        """Placement group of the reservation; "" where there is none."""
        return self.capacity.placement_group if isinstance(self.capacity, Reserved) else ""

    @property
    def capacity_type(self) -> str:
        """Karpenter's name of the market; reservations and Capacity Blocks are `reserved`."""
        return {Spot.kind: "spot", OnDemand.kind: "on-demand"}.get(self.capacity.kind, "reserved")

    @property
    def alias(self) -> str:
        """The image as Karpenter names it, e.g. `al2023@v20260714`; it takes the variant for NVIDIA's GPUs by
        itself.
        """
        version, build = self.image.release.split("-")
        return f"{BOTTLEROCKET}@v{version}" if self.image.system == BOTTLEROCKET else f"{AL2023}@v{build}"

    def node_class(self) -> dict[str, object]:
        """The part of the EC2NodeClass's spec that needs nothing of the cloud's."""
        spec: dict[str, object] = {
            "amiSelectorTerms": [{"alias": self.alias}],
            # Pods reach no credentials of the node: its metadata is one hop away, and only with a token.
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        }
        if interfaces := karpenter_interfaces(self.accelerator):
            spec["networkInterfaces"] = [
                {"networkCardIndex": one.card, "deviceIndex": one.device, "interfaceType": one.kind}
                for one in interfaces
            ]
        if self.accelerator.nvme_gb:
            spec["instanceStorePolicy"] = "RAID0"
        if isinstance(self.capacity, Reserved | Block):
            spec["capacityReservationSelectorTerms"] = [{"id": self.capacity.reservation_id}]
        return spec

    def node_pool(self, pool: str) -> dict[str, object]:
        """The spec of the NodePool."""
        requirements = {
            "node.kubernetes.io/instance-type": self.accelerator.instance_type,
            "kubernetes.io/arch": "arm64" if self.accelerator.arm else "amd64",
            "karpenter.sh/capacity-type": self.capacity_type,
        }
        template = {
            "metadata": {"labels": pool_labels(pool, efa=bool(self.accelerator.efa_cards))},
            "spec": {
                "nodeClassRef": {"group": GROUP, "kind": "EC2NodeClass", "name": pool},
                "requirements": [
                    {"key": key, "operator": "In", "values": [value]} for key, value in requirements.items()
                ],
                "taints": [{"key": GPU_TAINT.key, "value": GPU_TAINT.value, "effect": GPU_TAINT.effect}],
                # Karpenter's default ends a node after 30 days, and the training on it.
                "expireAfter": "Never",
            },
        }
        spec: dict[str, object] = {
            "template": template,
            "disruption": {
                # A node with pods is left alone: consolidation would end a gang to save one node.
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": EMPTY_FOR,
                # One node at a time also where the image has changed: what it gives back may not be had again.
                "budgets": [{"nodes": "1"}],
            },
        }
        if self.replicas is not None:
            # NodePool: a static pool has limits.nodes alone.
            return {**spec, "replicas": self.replicas, "limits": {"nodes": str(self.max_nodes)}}
        spec["limits"] = {TAINT: str(self.max_nodes * self.accelerator.gpus)}
        return {**spec, "weight": self.weight} if self.weight is not None else spec


def karpenter_interfaces(accelerator: Accelerator) -> tuple[Interface, ...]:
    """The interfaces as an EC2NodeClass takes them: its first is IP alone, and EFA of card 0 is a second one.

    Left to itself Karpenter puts EFA on cards 0 to n-1, of which p6-b300's card 0 carries none.
    """
    interfaces = interfaces_of(accelerator)
    if not interfaces:
        return ()
    primary = Interface(card=0, device=0, kind="interface")
    own = (Interface(card=0, device=1, kind="efa-only"),) if interfaces[0].kind == "efa" else ()
    return (primary, *own, *interfaces[1:])


def _check_mode(args: KarpenterPoolArgs, most: int | None, violations: Violations) -> None:
    """NodePool's rules of static pools, and of a pool's weight."""
    replicas, weight = args.get("replicas"), args.get("weight")
    if replicas is not None:
        violations.unless(
            type(replicas) is int and replicas >= 0 and (most is None or replicas <= most),
            "replicas",
            replicas,
            f"a static pool has 0 to max_nodes nodes, here {most}",
            "raise max_nodes, or lower replicas",
        )
    if weight is not None:
        violations.unless(
            replicas is None, "weight", weight, "a static pool has no weight", "remove weight or replicas"
        )
        violations.unless(
            type(weight) is int and 1 <= weight <= HEAVIEST, "weight", weight, f"a pool weighs 1 to {HEAVIEST}"
        )
