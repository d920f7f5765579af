"""What a container registry is made from."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi

ScanType = Literal["BASIC", "ENHANCED"]


class PullThroughArgs(TypedDict):
    """Images of another registry, which ECR fetches when they are first pulled and keeps."""

    prefix: str
    """Namespace of the copies, 2 to 30 characters: `k8s` makes registry.k8s.io/pause the repository `k8s/pause`."""
    upstream: str
    """Host of the other registry, e.g. `registry.k8s.io`; one that ECR knows (ECR API, CreatePullThroughCacheRule)."""
    secret_arn: NotRequired[str]
    """ARN of the secret in Secrets Manager with the login, whose name begins `ecr-pullthroughcache/`. Plain, because
    its name is judged; it names a secret and is none.
    """
    role_arn: NotRequired[str]
    """Role by which ECR reaches another private registry of ECR, in another account."""


class ContainerRegistryArgs(TypedDict):
    """What a container registry is made from."""

    region: str
    """Where it is: principals of services are those of the region's partition."""
    repositories: Sequence[str]
    """Names of the repositories, at least 1, e.g. `factory/workloads`. Plain: they decide how many there are."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key that images are encrypted by; S3's own (AES256) where absent. It can only be said when a repository is made.
    """
    untagged_days: NotRequired[int]
    """Days, 1 or more, that an image without a tag is kept; 14 where absent. Push what is deployed with a tag: ECR does
    not know which digests run.
    """
    pull_through: NotRequired[Sequence[PullThroughArgs]]
    """Other registries whose images are fetched when they are first pulled; none where absent."""
    cached_days: NotRequired[int]
    """Days, 1 or more, that such an image is kept after it was fetched; 90 where absent."""
    registry_scanning: NotRequired[ScanType]
    """How the whole registry of this account and region is scanned: `BASIC` at each push, or `ENHANCED` (Amazon
    Inspector) all the time. Each repository scans at push where absent. One stack of an account and region may say it.
    """
    pull_accounts: NotRequired[Sequence[str]]
    """Other accounts of AWS, 12 digits each, that may pull; none where absent."""
    replica_regions: NotRequired[Sequence[str]]
    """Other regions that the repositories are copied to; none where absent. One stack of an account and region may say
    it.
    """
