"""Who the pods of the workloads are at AWS: a role for each service account, under a name that the vault can know beforehand."""

from collections.abc import Callable, Mapping

import pulumi

from components.accelerators import AwsAccess
from components.object_store.identity import SERVICE_ACCOUNTS, VAULT, EncryptedBucket, identity_policy
from components.partition import partition_of
from components.pod_identity.component import PodIdentity
from stacks.names import NAMESPACE, PROJECT
from stacks.settings import StackName


def role_name(env: str, service_account: str) -> str:
    """Name of the role of a service account, e.g. `aifactory-aws-protect`."""
    return f"{PROJECT}-{env}-{service_account}"


def writers(env: str, account: str, region: str) -> Mapping[str, tuple[str, ...]]:
    """Role of a vault bucket (`copies`, `logs`) -> ARNs of the pods' roles that have it; none where no account is named."""
    if not account:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for service_account, stores in SERVICE_ACCOUNTS.items():
        if VAULT in stores:
            arn = f"arn:{partition_of(region)}:iam::{account}:role/{role_name(env, service_account)}"
            found[stores[VAULT]] = (*found.get(stores[VAULT], ()), arn)
    return found


def declare_identities(
    stack: StackName,
    access: AwsAccess,
    cluster_name: pulumi.Input[str],
    stores: Mapping[str, tuple[pulumi.Input[str], pulumi.Input[str]]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declares an identity for each service account. `stores` is store -> (bucket, ARN of its key)."""
    buckets = pulumi.Output.all(
        **{name: pulumi.Output.all(bucket=bucket, key_arn=key) for name, (bucket, key) in stores.items()}
    )
    for service_account in SERVICE_ACCOUNTS:
        PodIdentity(
            f"pods-{service_account}",
            {
                "cluster_name": cluster_name,
                "region": access.region,
                "namespace": NAMESPACE,
                "service_account": service_account,
                "role_name": role_name(stack.env, service_account),
                "inline_policies": {"stores": buckets.apply(_policy(service_account))},
            },
            opts,
        )


def _policy(service_account: str) -> Callable[[dict[str, dict[str, str]]], str]:
    def of(buckets: dict[str, dict[str, str]]) -> str:
        return identity_policy(service_account, {name: EncryptedBucket(**one) for name, one in buckets.items()})

    return of
