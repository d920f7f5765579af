"""Providers as the layers configure them."""

import inspect

import pulumi_aws

from components.accelerators import AwsAccess
from stacks.names import ENVIRONMENT_TAG, LAYER_TAG
from stacks.settings import StackName


def aws_provider(access: AwsAccess, stack: StackName, name: str = "aws") -> pulumi_aws.Provider:
    """AWS, or what answers for it at `access.endpoint`: then there is no account to ask for, and no metadata service.

    Everything that is made by it, and can have tags, says the environment and the layer of `stack`.
    """
    elsewhere = bool(access.endpoint)
    return pulumi_aws.Provider(
        name,
        region=access.region,
        profile=access.profile or None,
        default_tags=pulumi_aws.ProviderDefaultTagsArgs(tags={ENVIRONMENT_TAG: stack.env, LAYER_TAG: stack.layer}),
        # Every service there is: one that was left out would be asked of AWS itself.
        endpoints=[pulumi_aws.ProviderEndpointArgs(**dict.fromkeys(_services(), access.endpoint))]
        if elsewhere
        else None,
        skip_credentials_validation=elsewhere,
        skip_metadata_api_check=elsewhere,
        skip_requesting_account_id=elsewhere,
        skip_region_validation=elsewhere,
        s3_use_path_style=elsewhere,
    )


def _services() -> list[str]:
    """Names of the services whose endpoints the provider knows."""
    return [name for name in inspect.signature(pulumi_aws.ProviderEndpointArgs).parameters if not name.startswith("_")]
