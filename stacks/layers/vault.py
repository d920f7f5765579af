"""The layer of security: where copies are kept that nobody can lose."""

from dataclasses import replace

import pulumi

from components.accelerators import AwsAccess
from components.object_store.roles import VAULT_ROLES
from components.vault.component import VaultBucket
from stacks import contracts
from stacks.accounts import secrets_of
from stacks.configuration import of_this_stack
from stacks.pod_identities import writers
from stacks.providers import aws_provider
from stacks.settings import StackName, Store, VaultSettings


def deploy(stack: StackName) -> None:
    """Makes the vault and the off-site bucket, and publishes where they are, in the vault itself.

    The vault comes before every other layer, so the one store that surely exists for its contract is its own.
    """
    settings = VaultSettings.read(of_this_stack(stack))
    vault = _bucket("vault", stack, settings, settings.vault, settings.vault_region)
    offsite = _bucket("offsite", stack, settings, settings.offsite, settings.offsite_region)
    contract = replace(contracts.VaultContract.plan(settings), vault_key=vault.key_arn, offsite_key=offsite.key_arn)
    contracts.publish(stack, settings.vault, contract, after=vault)
    pulumi.export("vault_bucket", vault.bucket)
    pulumi.export("offsite_bucket", offsite.bucket)


def _bucket(name: str, stack: StackName, settings: VaultSettings, store: Store, region: str) -> VaultBucket:
    """In the account of its own profile and in its own region: a vault beside its copy off site is one that both are lost with."""
    on_aws = AwsAccess(region=region, endpoint=settings.aws_endpoint, profile=store.profile) if region else None
    return VaultBucket(
        name,
        {
            "bucket": store.bucket,
            "retention_days": settings.retention_days,
            "endpoint": store.endpoint,
            "profile": store.profile,
            "accounts": secrets_of(name, VAULT_ROLES, settings.accounts_key_file),
            "writers": writers(stack.env, settings.factory_account, region) if region else {},
        },
        pulumi.ResourceOptions(providers=[aws_provider(on_aws, stack, name)] if on_aws else []),
    )
