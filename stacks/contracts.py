"""What one layer promises the next: planned from configuration in a preview, read as published in an up."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Protocol, Self, cast

import pulumi
from botocore.exceptions import ClientError

from components.cluster.component import Cluster
from components.faults import Fault, SpecError
from components.object_store.provider.store import StoreFault, code_of, s3_of, told
from components.object_store.resources import Object
from stacks.settings import PlatformSettings, StackName, Store, VaultSettings, of_stack

NAMESPACE = "factory"
CLAIM = "shared"
# Raised when a field changes its meaning, so that a layer of another age is noticed, not misread.
VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultContract:
    """What the layer vault promises."""

    vault: Store
    offsite: Store
    retention_days: int

    @classmethod
    def plan(cls, settings: VaultSettings) -> Self:
        """All of it follows from configuration: a vault's name is fixed."""
        return cls(vault=settings.vault, offsite=settings.offsite, retention_days=settings.retention_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformContract:
    """What the layer platform promises."""

    namespace: pulumi.Input[str]
    kubeconfig: pulumi.Input[str]
    """Path of a kubeconfig, or a document that asks the AWS CLI for a token; it holds no credential."""
    claim: pulumi.Input[str]
    """The claim of the filesystem that all pods of a job share."""
    objects: Store
    gpu_instance_type: str
    gpu_nodes: int

    @classmethod
    def plan(cls, settings: PlatformSettings) -> Self:
        """From configuration; the kubeconfig of an EKS cluster is known to AWS alone and stays unknown."""
        return cls(
            namespace=NAMESPACE,
            kubeconfig=settings.kubeconfig or unknown(),
            claim=CLAIM,
            objects=settings.objects,
            gpu_instance_type=settings.gpu_instance_type,
            gpu_nodes=settings.gpu_nodes,
        )
