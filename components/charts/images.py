"""Where the images of controllers come from: their publisher, EKS's registry of the region, or the site's mirror."""

from dataclasses import dataclass

from components.charts.args import ChartContext

EKS = "EKS"
"""Stands for EKS's registry of the region in a reference."""
# EKS user guide, "View Amazon container image registries for Amazon EKS add-ons": one account for most regions, and an
# account of its own for each of the others.
EKS_ACCOUNT = "602401143452"
EKS_REGIONS = frozenset(
    (
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    )
)
EKS_ACCOUNTS = {
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-east-2": "533267051163",
    "ap-south-2": "900889452093",
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ap-southeast-6": "333609536671",
    "ap-southeast-7": "121268973566",
    "ca-west-1": "761377655185",
    "cn-north-1": "918309763551",
    "cn-northwest-1": "961992271922",
    "eu-central-2": "900612956339",
    "eu-south-1": "590381155156",
    "eu-south-2": "455263428931",
    "eusc-de-east-1": "877088126301",
    "il-central-1": "066635153087",
    "me-central-1": "759879836304",
    "me-south-1": "558608220178",
    "mx-central-1": "730335286997",
    "us-gov-east-1": "151742754352",
    "us-gov-west-1": "013241004608",
}
# The same page: the registries of these partitions have a domain of their own.
DOMAINS = {"cn-": "amazonaws.com.cn", "eusc-": "amazonaws.eu"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image that a controller runs."""

    name: str
    """Unique in the catalogue: what a site that replaces the image calls it."""
    reference: str
    """As published: HOST/PATH:TAG, with `@sha256:...` where its publisher says it. `EKS/` is the region's own host."""


def eks_registry(region: str) -> str:
    """Host of EKS's own registry in a region; "" for a region of which the user guide knows none."""
    account = EKS_ACCOUNT if region in EKS_REGIONS else EKS_ACCOUNTS.get(region, "")
    domain = next((domain for prefix, domain in DOMAINS.items() if region.startswith(prefix)), "amazonaws.com")
    return f"{account}.dkr.ecr.{region}.{domain}" if account else ""


def published(image: Image, context: ChartContext) -> str:
    """Where the publisher keeps an image."""
    host, _, path = image.reference.partition("/")
    return f"{eks_registry(context.get('region', '')) if host == EKS else host}/{path}"


def reference(image: Image, context: ChartContext) -> str:
    """What the cluster pulls: the site's replacement, the copy in its mirror, or what the publisher keeps."""
    replaced = context.get("images", {}).get(image.name, "")
    return replaced or mirrored(published(image, context), context.get("registry", ""))


def mirrored(reference: str, registry: str) -> str:
    """The copy of an image in a mirror, under its whole name: two publishers may use the same path."""
    return f"{registry}/{reference}" if registry else reference


def parts(reference: str) -> tuple[str, str, str]:
    """Name, tag and digest of an image, each without its separator; "" for what the reference lacks."""
    named, _, digest = reference.partition("@")
    name, colon, tag = named.rpartition(":")
    # The colon of a port is before a slash.
    return (name, tag, digest) if colon and "/" not in tag else (named, "", digest)


def repository_and_tag(reference: str) -> tuple[str, str]:
    """An image as charts take it that put a colon between the two; a digest is then a tag of REPOSITORY@sha256.

    A tag beside a digest is left out: it says nothing that the digest does not.
    """
    name, tag, digest = parts(reference)
    algorithm, _, value = digest.partition(":")
    return (f"{name}@{algorithm}", value) if digest else (name, tag)
