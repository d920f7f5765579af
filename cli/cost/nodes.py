"""What nodes cost: managed node groups and Karpenter's pools, with the volumes of their nodes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cli.cost import prices
from cli.cost.declared import Declared, Item, Priced, whole, word
from cli.cost.prices import PriceTable
from components import instance_types
from components.accelerators import nvidia_gpus
from host.documents import mapping, sequence

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
BY_TYPE = "node.kubernetes.io/instance-type"
BY_CAPACITY = "karpenter.sh/capacity-type"
DEFAULT_GIB = 20
"""EKS's own disk of a node (EKS API, CreateNodegroup, diskSize)."""
# What gp3's storage includes (EBS user guide, "General Purpose SSD volumes"): IOPS, and MiB/s.
INCLUDED = {"iops": 3000, "throughput": 125}
# Why a way to buy instances has no price in a list.
NO_PRICE: Mapping[str, str] = {
    "CAPACITY_BLOCK": "a Capacity Block is paid for when it is bought, and AWS's price list does not have it",
    "SPOT": "the price of spot instances moves, and AWS's price list does not have it",
}
# Karpenter's words for them.
MARKETS: Mapping[str, str] = {"on-demand": "ON_DEMAND", "spot": "SPOT", "reserved": "ON_DEMAND"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """Nodes of one pool."""

    declared: Declared
    types: tuple[str, ...]
    """EC2's types that there may be; empty where it is not known."""
    market: str
    """`ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`; "" where it is not known."""
    desired: int | None
    most: int | None
    volumes: tuple[Mapping[str, object], ...] | None
    """Of each node; None where they are not known."""


def node_group(declared: Declared, every: Sequence[Declared], table: PriceTable) -> Priced:
    """A managed node group, with what its launch template says."""
    template = _template(declared, every)
    scaling = mapping(declared.inputs.get("scalingConfig"))
    own = tuple(word(one) for one in sequence(declared.inputs.get("instanceTypes")))
    types = own or ((word(template.inputs.get("instanceType")),) if template else ())
    market = word(declared.inputs.get("capacityType"))
    return _priced(
        Nodes(
            declared=declared,
            types=() if "" in types else types,
            # EKS API, CreateNodegroup, capacityType: on demand where it is absent.
            market=market or ("" if "capacityType" in declared.inputs else "ON_DEMAND"),
            desired=whole(scaling.get("desiredSize")),
            most=whole(scaling.get("maxSize")),
            volumes=_volumes(declared, template),
        ),
        table,
    )


def node_pool(declared: Declared, every: Sequence[Declared], table: PriceTable) -> Priced:
    """A pool of Karpenter's: nothing is desired but a static pool's replicas, and the limits are the ceiling."""
    spec = mapping(declared.inputs.get("spec"))
    template = mapping(mapping(spec.get("template")).get("spec"))
    required = {
        word(one["key"]): tuple(word(value) for value in sequence(one.get("values")))
        for one in map(mapping, sequence(template.get("requirements")))
        if "key" in one
    }
    types = required.get(BY_TYPE, ())
    markets = {MARKETS.get(one, "") for one in required.get(BY_CAPACITY, ())}
    return _priced(
        Nodes(
            declared=declared,
            types=() if "" in types else types,
            market=markets.pop() if len(markets) == 1 else "",
            desired=whole(spec.get("replicas", 0)),
            most=_limit(mapping(spec.get("limits")), types),
            volumes=_class_volumes(word(mapping(template.get("nodeClassRef")).get("name")), every),
        ),
        table,
    )


def gpus_of(instance_type: str) -> int | None:
    """NVIDIA GPUs of an instance of a type; None for a type that the extract of EC2's types lacks."""
    known = instance_types.known().get(instance_type)
    if known is not None:
        return sum(gpu["Count"] for gpu in nvidia_gpus(known))
    return 0 if instance_type in instance_types.system() else None


def _priced(nodes: Nodes, table: PriceTable) -> Priced:
    most = None if nodes.most is None or nodes.desired is None else max(nodes.most, nodes.desired)
    gpus = max((gpus_of(one) or 0 for one in nodes.types), default=None)
    if any(gpus_of(one) is None for one in nodes.types):
        gpus = None
    counts = f"{_count(nodes.desired)} to {_count(most)}" if most != nodes.desired else _count(nodes.desired)
    urn, kind = nodes.declared.urn, nodes.declared.type
    price, why = _price(nodes, table)
    if nodes.desired is None or most is None:
        why = why or "how many nodes there are is not known yet"
    items = [
        Item(
            urn=urn,
            type=kind,
            what=f"{counts} x {' or '.join(nodes.types) or 'instances'}",
            hourly=None if why or price is None or nodes.desired is None else price * nodes.desired,
            ceiling=None if why or price is None or most is None else price * most,
            why=why,
            gpus=None if gpus is None or nodes.desired is None else gpus * nodes.desired,
            most_gpus=None if gpus is None or most is None else gpus * most,
        ),
        *_disks(nodes, most, counts, table),
    ]
    assumptions = ["every desired node runs all month, and the ceiling is that of the most nodes there can be"]
    if len(nodes.types) > 1:
        assumptions.append(f"each node of {nodes.declared.name} is of the dearest of its types")
    return Priced(items=tuple(items), assumptions=tuple(assumptions))


def _price(nodes: Nodes, table: PriceTable) -> tuple[Decimal | None, str]:
    """USD an hour of one node, or why it is not known."""
    if not nodes.types:
        return None, "its instance type is not known yet"
    if nodes.market in NO_PRICE:
        return None, NO_PRICE[nodes.market]
    if nodes.market != "ON_DEMAND":
        return None, "how its instances are bought is not known"
    found = {one: table.get(prices.instance(one)) for one in nodes.types}
    missing = [one for one, price in found.items() if price is None]
    if missing:
        return None, no_price(", ".join(missing), table)
    return max(price.hourly() for price in found.values() if price is not None), ""


def no_price(what: str, table: PriceTable) -> str:
    """Why a price is unknown, where it is the table that lacks it."""
    return f"no price of {what} in {table.region}"


def _disks(nodes: Nodes, most: int | None, counts: str, table: PriceTable) -> Iterable[Item]:
    urn, kind = nodes.declared.urn, nodes.declared.type
    if nodes.volumes is None:
        yield Item(urn=urn, type=kind, what=f"{counts} x root volume", why="the size of the image's volume is its own")
        return
    for ebs in nodes.volumes:
        volume, gib = word(ebs.get("volumeType")) or "gp3", _gib(ebs.get("volumeSize"))
        what = f"{counts} x {_count(gib)} GiB of {volume}"
        each, why = _disk(volume, gib, ebs, table)
        if each is None or nodes.desired is None or most is None:
            yield Item(urn=urn, type=kind, what=what, why=why or "how many nodes there are is not known yet")
        else:
            yield Item(urn=urn, type=kind, what=what, hourly=each * nodes.desired, ceiling=each * most)


def _disk(volume: str, gib: int | None, ebs: Mapping[str, object], table: PriceTable) -> tuple[Decimal | None, str]:
    """USD an hour of one volume, or why it is not known."""
    if gib is None:
        return None, "its size is not known yet"
    storage = table.get(prices.volume(volume))
    if storage is None:
        return None, no_price(f"volumes of {volume}", table)
    total = storage.hourly(gib)
    for key, included in INCLUDED.items():
        given = whole(ebs[key]) if ebs.get(key) is not None else included
        if given is None:
            return None, f"its {key} is not known yet"
        if given > included:
            extra = table.get(prices.volume_extra(volume, key))
            if extra is None:
                return None, no_price(f"the {key} of {volume} above {included}", table)
            total += extra.hourly(given - included)
    return total, ""


def _template(declared: Declared, every: Sequence[Declared]) -> Declared | None:
    """The launch template of a node group: by what its input is of, or by the template's ID once there is one."""
    referred = {urn for path, urns in declared.refers.items() if path.startswith("launchTemplate") for urn in urns}
    id_ = word(mapping(declared.inputs.get("launchTemplate")).get("id"))
    found = [
        one for one in every if one.type == LAUNCH_TEMPLATE and (one.urn in referred or (id_ != "" and one.id == id_))
    ]
    return found[0] if found else None


def _volumes(declared: Declared, template: Declared | None) -> tuple[Mapping[str, object], ...] | None:
    if template is not None:
        mappings = [mapping(one) for one in sequence(template.inputs.get("blockDeviceMappings"))]
        return tuple(mapping(one.get("ebs")) for one in mappings if "ebs" in one) or None
    if declared.inputs.get("launchTemplate") is not None:
        return None
    return ({"volumeType": "gp3", "volumeSize": declared.inputs.get("diskSize") or DEFAULT_GIB},)


def _class_volumes(name: str, every: Sequence[Declared]) -> tuple[Mapping[str, object], ...] | None:
    for one in every:
        if one.type == NODE_CLASS and word(mapping(one.inputs.get("metadata")).get("name")) == name:
            mappings = sequence(mapping(one.inputs.get("spec")).get("blockDeviceMappings"))
            return tuple(mapping(mapping(item).get("ebs")) for item in mappings) or None
    return None


def _limit(limits: Mapping[str, object], types: Sequence[str]) -> int | None:
    """The most nodes that limits leave room for, by their count or by their GPUs."""
    nodes = whole(limits.get("nodes"))
    gpus = whole(limits.get("nvidia.com/gpu"))
    each = min((gpus_of(one) or 0 for one in types), default=0)
    by_gpus = gpus // each if gpus is not None and each else None
    return min((one for one in (nodes, by_gpus) if one is not None), default=None)


def _gib(value: object) -> int | None:
    """A size of EC2's (a number of GiB), or of Kubernetes' (`200Gi`)."""
    found = re.fullmatch(r"(\d+)(Gi)?", word(value))
    return int(found[1]) if found else whole(value)


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)
