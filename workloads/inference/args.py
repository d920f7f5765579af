"""What serving is made from."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from workloads.recipe import Resources
from workloads.spec import Stores


class ServingArgs(TypedDict):
    """What serving is made from."""

    namespace: str
    image: str
    """By digest."""
    model: str
    """SHA-256 of the model's manifest, 64 hex digits."""
    claim: str
    """Claim of the filesystem that audit records wait on until the vault has them."""
    stores: Stores
    resources: Resources
    """Of the model server."""
    precision: str
    """The one that the model was measured by, as the recipe has it: `float32` or `bfloat16`."""
    context: int
    """Tokens of a sequence."""
    node_port: int
    """Port, 30000 to 32767, that every node opens for it."""
    gpu_nodes: NotRequired[Mapping[str, str]]
    """Labels of the nodes with GPUs, where `resources` ask for one; those of the pool that the platform makes where absent."""
    accounts: NotRequired[str]
    """Version of the accounts of the stores (`Access.accounts`): with another one the pod is made anew."""
    pull_secret: NotRequired[str]
    """Secret that pods pull the image by; nodes pull by themselves where absent or ""."""
