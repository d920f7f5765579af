"""The registries that ECR can pull through."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """One kind of registry, as ECR knows it."""

    name: str
    """ECR API, UpstreamRegistry."""
    host: re.Pattern[str]
    secret: bool
    """Whether it is asked with a login (ECR user guide, "Creating a pull through cache rule")."""


def _host(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# botocore's `ecr` model, CreatePullThroughCacheRule, `upstreamRegistryUrl` and `upstreamRegistry`.
UPSTREAMS = (
    Upstream(name="ecr-public", host=_host(r"public\.ecr\.aws"), secret=False),
    Upstream(name="k8s", host=_host(r"registry\.k8s\.io"), secret=False),
    Upstream(name="quay", host=_host(r"quay\.io"), secret=False),
    Upstream(name="docker-hub", host=_host(r"registry-1\.docker\.io"), secret=True),
    Upstream(name="github-container-registry", host=_host(r"ghcr\.io"), secret=True),
    Upstream(name="gitlab-container-registry", host=_host(r"registry\.gitlab\.com"), secret=True),
    Upstream(name="azure-container-registry", host=_host(r"[a-z0-9]{5,50}\.azurecr\.(io|cn|us)"), secret=True),
    Upstream(name="chainguard", host=_host(r"cgr\.dev"), secret=True),
    Upstream(
        name="ecr",
        host=_host(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?"),
        secret=False,
    ),
)
# What users write, and what ECR calls it.
ALIASES = {
    "docker.io": "registry-1.docker.io",
    "index.docker.io": "registry-1.docker.io",
    "hub.docker.com": "registry-1.docker.io",
    "gallery.ecr.aws": "public.ecr.aws",
    "k8s.gcr.io": "registry.k8s.io",
}
KNOWN = (
    "public.ecr.aws, registry.k8s.io, quay.io, registry-1.docker.io, ghcr.io, registry.gitlab.com, NAME.azurecr.io, "
    "cgr.dev, ACCOUNT.dkr.ecr.REGION.amazonaws.com"
)


def upstream_of(host: str) -> Upstream | None:
    """What ECR knows that host as; None where it cannot pull through it."""
    return next((upstream for upstream in UPSTREAMS if upstream.host.fullmatch(host)), None)


def remedy_of(host: str) -> str:
    """What to do about a host that ECR cannot pull through."""
    if host in ALIASES:
        return f"write {ALIASES[host]}"
    if host == "nvcr.io" or host.endswith(".nvcr.io"):
        return "NVIDIA's registry is none of them: mirror its images into a repository of this registry"
    return "mirror its images into a repository of this registry"
