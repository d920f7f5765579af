"""Makes the simulated nodes of a cluster what its node groups say."""

from collections.abc import Mapping

from host.documents import mapping, sequence, text
from lab.node_groups.api import Api
from lab.node_groups.groups import Found
from lab.node_groups.nodes import DECLARED, NODE_GROUP, SIMULATED, Manifest, nodes

NODES = "/api/v1/nodes"
MANAGER = "node-groups"


def reconcile(api: Api, found: Found) -> list[str]:
    """Makes, changes and removes nodes; returns what it did, one line each. Raises ApiError."""
    there = _there(api)
    wanted = {text(mapping(node["metadata"])["name"]): node for group in found.groups for node in nodes(group)}
    done: list[str] = []
    for name, node in there.items():
        # Nothing is known of a group with a fault: what exists of it stays.
        if name not in wanted and _labels(node).get(NODE_GROUP) not in found.violations:
            path = f"{NODES}/{name}"
            status, answer = api.request("DELETE", path)
            if status != 404:
                api.accepted(status, answer, path)
            done.append(f"removed node {name}")
    for name, node in wanted.items():
        if name not in there or _declared(there[name]) != _declared(node):
            api.apply(f"{NODES}/{name}", node, MANAGER, force=True)
            done.append(f"{'changed' if name in there else 'made'} node {name}")
    return done


def _there(api: Api) -> dict[str, Manifest]:
    status, answer = api.request("GET", NODES, labelSelector=f"{SIMULATED}=true")
    items = sequence(api.accepted(status, answer, NODES).get("items"))
    return {text(mapping(mapping(item).get("metadata")).get("name")): mapping(item) for item in items}


def _labels(node: Mapping[str, object]) -> dict[str, object]:
    return mapping(mapping(node.get("metadata")).get("labels"))


def _declared(node: Mapping[str, object]) -> object:
    return mapping(mapping(node.get("metadata")).get("annotations")).get(DECLARED)
