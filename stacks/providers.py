"""Providers as the layers configure them."""

import pulumi_aws

from components.accelerators import AwsAccess


def aws_provider(access: AwsAccess) -> pulumi_aws.Provider:
    """AWS, or what answers for it at `access.endpoint`: then there is no account to ask for, and no metadata service."""
    elsewhere = bool(access.endpoint)
    # Every service that the components of this layer call.
    at = access.endpoint
    return pulumi_aws.Provider(
        "aws",
        region=access.region,
        profile=access.profile or None,
        endpoints=[pulumi_aws.ProviderEndpointArgs(ec2=at, eks=at, fsx=at, iam=at, kms=at, s3=at, sts=at)]
        if elsewhere
        else None,
        skip_credentials_validation=elsewhere,
        skip_metadata_api_check=elsewhere,
        skip_requesting_account_id=elsewhere,
        skip_region_validation=elsewhere,
        s3_use_path_style=elsewhere,
    )
