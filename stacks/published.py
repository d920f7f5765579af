"""A layer's contract as it was published: read from its store, and its form judged."""

import json
from typing import TypeVar, cast

from botocore.exceptions import ClientError
from typing_extensions import NotRequired, TypedDict  # noqa: UP035 - below Python 3.12 pydantic takes no other

from components import document
from components.document import Text
from components.object_store.store import StoreError, code_of, s3_of, translate_errors
from components.violations import SpecError, Violation
from stacks.gpu_node import GpuNode
from stacks.node_pool import NodePool
from stacks.settings import StackName, Store

# Raised when a field changes its meaning, so that a layer of another age is noticed, not misread.
VERSION = 1
Fields = TypeVar("Fields")


class VaultFields(TypedDict):
    """Of a `VaultContract`."""

    vault: Store
    offsite: Store
    retention_days: int
    vault_region: NotRequired[Text]
    offsite_region: NotRequired[Text]
    vault_key: NotRequired[Text]
    offsite_key: NotRequired[Text]


class PlatformFields(TypedDict):
    """Of a `PlatformContract`."""

    namespace: Text
    kubeconfig: Text
    claim: Text
    objects: Store
    gpu_instance_type: Text
    gpu_nodes: int
    gpu_node_labels: dict[str, str]
    gpu_node: NotRequired[GpuNode]
    """One that was published before it was part of the contract says nothing of it."""
    region: NotRequired[Text]
    state_claim: NotRequired[Text]
    vpc_id: NotRequired[Text]
    node_security_group_id: NotRequired[Text]
    pools: NotRequired[tuple[NodePool, ...]]
    filesystem_zone: NotRequired[Text]
    bucket_claim: NotRequired[Text]


def key_of(stack: StackName) -> str:
    """Where a stack's contract lies in its store."""
    return f"contracts/{stack.env}.{stack.layer}.json"


def published(kind: type[Fields], stack: StackName, store: Store) -> Fields:
    """Raises SpecError where the stack never published its contract, or one of another version or form."""
    where = f"{store.bucket}/{key_of(stack)} at {store.endpoint or 'AWS'}"
    try:
        with translate_errors(store.bucket, store.endpoint, store.profile):
            body = _get(store, key_of(stack))
    except StoreError as error:
        raise _refused(stack, where, str(error), "bring that store up, or correct its settings") from error
    if body is None:
        rule = f"the layer {stack} publishes it when it is deployed, and it never was"
        raise _refused(stack, where, rule, f"pulumi up --stack {stack}")
    return fields(kind, stack, where, body)


def fields(kind: type[Fields], stack: StackName, where: str, body: bytes) -> Fields:
    """The fields of a contract. Raises SpecError for any other version or form."""
    remedy = f"deploy {stack} again"
    try:
        values = cast("object", json.loads(body))
    except ValueError:
        raise _refused(stack, where, "what is published there is JSON", remedy) from None
    found = cast("dict[str, object]", values) if isinstance(values, dict) else {}
    version = found.get("version")
    if version != VERSION:
        raise _refused(stack, where, f"it has version {version}, this program reads version {VERSION}", remedy)
    try:
        return document.read(kind, found, "Contract")
    except SpecError as error:
        rules = "; ".join(str(violation) for violation in error.violations)
        raise _refused(stack, where, f"its fields are those of version {VERSION} ({rules})", remedy) from None


def _get(store: Store, key: str) -> bytes | None:
    try:
        return s3_of(store.endpoint, store.profile).get_object(Bucket=store.bucket, Key=key)["Body"].read()
    except ClientError as error:
        if code_of(error) in ("NoSuchKey", "NoSuchBucket"):
            return None
        raise


def _refused(stack: StackName, where: str, rule: str, remedy: str) -> SpecError:
    return SpecError("Contract", (Violation(str(stack), where, rule, remedy),))
