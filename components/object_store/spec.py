"""The rules of buckets, shared by the component, the vault and the provider of our own."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from components.object_store.args import ObjectStoreArgs
from components.object_store.roles import OBJECTS_ROLES, check_accounts
from components.principals import check_principals
from components.violations import Violations

# S3 user guide, "General purpose bucket naming rules".
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
NAME_RULE = "a bucket's name has 3 to 63 of a-z, 0-9, '-' and '.', begins and ends with a letter or digit, has no '..'"

NONCURRENT_DAYS = 30
# S3 API, NoncurrentVersionExpiration: a positive 32-bit number; a century is longer than a factory.
MOST_DAYS = 36500


def is_bucket_name(name: str) -> bool:
    """Whether S3 takes `name` for a bucket."""
    if not NAME.fullmatch(name) or ".." in name:
        return False
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return True
    return False


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an endpoint, equal for every way to write one; host "" where `url` is no endpoint."""
    if not is_endpoint(url):
        return "", "", None
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or {"http": 80, "https": 443}[parts.scheme]


def is_endpoint(url: str) -> bool:
    """Whether `url` can be a store: http(s), a host, and nothing after it. Credentials in it would land in the state."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and port != 0
        and "@" not in parts.netloc
        and parts.path in ("", "/")
        and not parts.query
        and not parts.fragment
    )


def check_bucket(violations: Violations, bucket: str, endpoint: str, prefix: str = "") -> None:
    """Notes what is wrong with a bucket's name and its store's address; `prefix` names whose they are."""
    violations.unless(is_bucket_name(bucket), f"{prefix}bucket", bucket, NAME_RULE)
    violations.unless(
        not endpoint or is_endpoint(endpoint),
        f"{prefix}endpoint",
        # A password in a URL is not repeated in a message.
        re.sub(r"//[^/@]*@", "//***@", endpoint),
        "a store's endpoint is a URL of scheme, host and port, without credentials",
        "e.g. https://s3.example.org:9000; credentials belong in an AWS profile",
    )


def check_on_aws_alone(violations: Violations, path: str, given: Sequence[str], endpoint: str) -> None:
    """Notes principals of AWS that are to reach a store that is not of AWS."""
    violations.unless(
        not given or not endpoint,
        path,
        ", ".join(given),
        "principals of AWS are admitted to buckets of AWS alone, and this bucket has an endpoint",
        f"leave {path} out, and give pods accounts on the store",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectStoreSpec:
    """A bucket, and the store it is on."""

    bucket: str
    endpoint: str
    profile: str
    readers: tuple[str, ...]
    noncurrent_days: int
    protect: bool

    @classmethod
    def parse(cls, args: ObjectStoreArgs) -> Self:
        """Raises SpecError for a name, an endpoint, readers or days that cannot be."""
        violations = Violations("ObjectStore")
        days = args.get("noncurrent_days", NONCURRENT_DAYS)
        spec = cls(
            bucket=args["bucket"],
            endpoint=args.get("endpoint", ""),
            profile=args.get("profile", ""),
            readers=tuple(args.get("readers", ())),
            noncurrent_days=days,
            protect=args.get("protect", True),
        )
        check_bucket(violations, spec.bucket, spec.endpoint)
        check_accounts(violations, args.get("accounts", ()), OBJECTS_ROLES, spec.endpoint)
        check_principals(violations, "readers", spec.readers)
        check_on_aws_alone(violations, "readers", spec.readers, spec.endpoint)
        violations.unless(
            type(days) is int and 1 <= days <= MOST_DAYS,
            "noncurrent_days",
            days,
            f"a version that is no longer the newest is kept a whole number of days, 1 to {MOST_DAYS}",
            f"leave it out for {NONCURRENT_DAYS}",
        )
        violations.unless(
            not spec.endpoint or "noncurrent_days" not in args,
            "noncurrent_days",
            days,
            "old versions are removed by a lifecycle of AWS, and this bucket has an endpoint",
            "leave it out, and set a lifecycle on the store itself",
        )
        violations.raise_if_any()
        return spec

    @property
    def on_aws(self) -> bool:
        """Whether the bucket is AWS's, where controls exist that other stores lack."""
        return not self.endpoint
