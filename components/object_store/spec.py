"""The rules of buckets, shared by the component, the vault and the provider of our own."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from components.object_store.args import ObjectStoreArgs
from components.object_store.roles import OBJECTS_ROLES, check_accounts
from components.violations import Violations

# S3 user guide, "General purpose bucket naming rules".
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
NAME_RULE = "a bucket's name has 3 to 63 of a-z, 0-9, '-' and '.', begins and ends with a letter or digit, has no '..'"


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


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectStoreSpec:
    """A bucket, and the store it is on."""

    bucket: str
    endpoint: str
    profile: str

    @classmethod
    def parse(cls, args: ObjectStoreArgs) -> Self:
        """Raises SpecError for a name or an endpoint that cannot be."""
        violations = Violations("ObjectStore")
        spec = cls(bucket=args["bucket"], endpoint=args.get("endpoint", ""), profile=args.get("profile", ""))
        check_bucket(violations, spec.bucket, spec.endpoint)
        check_accounts(violations, args.get("accounts", ()), OBJECTS_ROLES, spec.endpoint)
        violations.raise_if_any()
        return spec

    @property
    def on_aws(self) -> bool:
        """Whether the bucket is AWS's, where controls exist that other stores lack."""
        return not self.endpoint
