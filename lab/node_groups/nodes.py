"""A node group as Node objects: what a machine of its instance type would register as."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict

from components.accelerators import arm, network_cards, nvidia_gpus
from components.instance_types import InstanceType
from lab.node_groups.groups import NodeGroup, Taint

SIMULATED = "aifactory/simulated"
"""Label of every simulated node; kwok plays the kubelet of those that have it, and of no other."""
NODE_GROUP = "eks.amazonaws.com/nodegroup"
DECLARED = "aifactory/declared"
"""Annotation: digest of what a node was made from, so that only what changed is written again."""
FAKE = Taint(key="kwok.x-k8s.io/node", value="fake", effect="NoSchedule")
GPU, EFA = "nvidia.com/gpu", "vpc.amazonaws.com/efa"
Manifest = dict[str, object]


def nodes(group: NodeGroup) -> Iterator[Manifest]:
    """The group's nodes, spread over its subnets as EKS spreads them."""
    for index in range(group.nodes):
        yield _node(group, index)


def name_of(group: NodeGroup, index: int) -> str:
    """A name that no node of another group, of another type or of a group of the same name before it has."""
    made_from = f"{group.arn} {group.facts['InstanceType']}"
    readable = re.sub("[^a-z0-9]+", "-", group.name.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(made_from.encode()).hexdigest()[:8]}-{index}"


def taints(group: NodeGroup) -> tuple[Taint, ...]:
    """The group's own, which keep off all that is not made for it; where it has none, one of the lab's does that.

    A node with its pool's taint has no other, so that a pod is placed here just as it is declared for AWS.
    """
    kept_off = any(taint.effect in ("NoSchedule", "NoExecute") for taint in group.taints)
    return group.taints if kept_off else (*group.taints, FAKE)


def capacity(facts: InstanceType) -> dict[str, str]:
    """What a machine of a type offers, with the drivers and device plugins of its pool installed."""
    vcpus = facts["VCpuInfo"]["DefaultVCpus"]
    devices = {
        GPU: sum(gpu["Count"] for gpu in nvidia_gpus(facts)),
        EFA: sum(card.efa for card in network_cards(facts)),
    }
    return {
        "cpu": str(vcpus),
        "memory": f"{facts['MemoryInfo']['SizeInMiB']}Mi",
        # EKS's own limits (EKS user guide, "Choose an optimal EC2 node instance type").
        "pods": "110" if vcpus < 30 else "250",
        **{name: str(count) for name, count in devices.items() if count},
    }


def _node(group: NodeGroup, index: int) -> Manifest:
    name = name_of(group, index)
    zone = group.zones[index % len(group.zones)]
    labels = {
        "kubernetes.io/arch": "arm64" if arm(group.facts) else "amd64",
        "kubernetes.io/os": "linux",
        **group.labels,
        "kubernetes.io/hostname": name,
        "node.kubernetes.io/instance-type": group.facts["InstanceType"],
        "topology.kubernetes.io/zone": zone,
        # A zone is named by its region and a letter.
        "topology.kubernetes.io/region": zone[:-1],
        NODE_GROUP: group.name,
        SIMULATED: "true",
    }
    marks = [asdict(taint) for taint in taints(group)]
    offered = capacity(group.facts)
    digest = hashlib.sha256(json.dumps([labels, marks], sort_keys=True).encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {DECLARED: digest}},
        "spec": {"taints": marks},
        "status": {"capacity": offered, "allocatable": offered},
    }
