"""The layer of security: where copies are kept that nobody can lose."""

import pulumi

from components.object_store.roles import VAULT_ROLES
from components.vault.component import VaultBucket
from stacks import contracts
from stacks.accounts import secrets_of
from stacks.settings import StackName, VaultSettings, of_this_stack


def deploy(stack: StackName) -> None:
    """Makes the vault and the off-site bucket, and publishes where they are, in the vault itself.

    The vault comes before every other layer, so the one store that surely exists for its contract is its own.
    """
    settings = VaultSettings.read(of_this_stack(stack))
    vault = VaultBucket(
        "vault",
        {
            "bucket": settings.vault.bucket,
            "retention_days": settings.retention_days,
            "endpoint": settings.vault.endpoint,
            "profile": settings.vault.profile,
            "accounts": secrets_of("vault", VAULT_ROLES, settings.accounts_key_file),
        },
    )
    offsite = VaultBucket(
        "offsite",
        {
            "bucket": settings.offsite.bucket,
            "retention_days": settings.retention_days,
            "endpoint": settings.offsite.endpoint,
            "profile": settings.offsite.profile,
            "accounts": secrets_of("offsite", VAULT_ROLES, settings.accounts_key_file),
        },
    )
    contracts.publish(stack, settings.vault, contracts.VaultContract.plan(settings), after=vault)
    pulumi.export("vault_bucket", vault.bucket)
    pulumi.export("offsite_bucket", offsite.bucket)
