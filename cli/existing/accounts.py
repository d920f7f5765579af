"""The accounts by which pods reach the stores, taken from the AWS profiles that the user names."""

import configparser
import io
from collections.abc import Mapping

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from cli.existing.options import Site
from cli.home import Home
from components.faults import Faults
from workloads.access.spec import CA_FILE
from workloads.spec import OBJECTS_SECRET, PROTECTION_SECRET, STORES_PATH

# Secret -> the stores that it reaches.
HOLDS = {OBJECTS_SECRET: ("objects",), PROTECTION_SECRET: ("objects", "vault", "offsite")}
FILES = "the files that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name, or ~/.aws"


def write(home: Home, site: Site) -> None:
    """Writes the AWS files for pods into the site's folder, readable by their owner alone.

    Raises SpecError for a profile that is not there, holds no keys, or holds keys that expire.
    """
    if site.pods:
        return
    found = _credentials(site)
    for secret, names in HOLDS.items():
        # A `%` in a key is a `%`.
        keys, config = (configparser.ConfigParser(interpolation=None) for _ in range(2))
        for name in names:
            credentials, region = found[name]
            keys[name] = {
                "aws_access_key_id": credentials.access_key,
                "aws_secret_access_key": credentials.secret_key,
            }
            config[f"profile {name}"] = {
                "region": region,
                "endpoint_url": site.stores[name].endpoint,
                # Nested settings are indented below an empty value; path style, because a store on an address has no subdomains.
                "s3": "\naddressing_style = path",
                # Other S3 stores do not know the newer default checksums of every request.
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
                **({"ca_bundle": f"{STORES_PATH}/{CA_FILE}"} if site.ca else {}),
            }
        home.write_secret(f"{secret}/credentials", _text(keys))
        home.write_secret(f"{secret}/config", _text(config))
        if site.ca:
            home.write_secret(f"{secret}/{CA_FILE}", site.ca.read_text())
        else:
            (home.credentials / secret / CA_FILE).unlink(missing_ok=True)


def _credentials(site: Site) -> Mapping[str, tuple[Credentials, str]]:
    """Store -> keys and region of its profile."""
    faults = Faults(f"Accounts of {site.env}")
    found: dict[str, tuple[Credentials, str]] = {}
    for name, store in site.stores.items():
        key = "PROFILE" if name == "objects" else f"{name.upper()}_PROFILE"
        try:
            session = boto3.Session(profile_name=store.profile or None)
            credentials, region = session.get_credentials(), session.region_name or "us-east-1"
        except BotoCoreError as error:
            faults.unless(False, key, store.profile, f"an AWS profile of that name is in {FILES} ({error})")
            continue
        if credentials is None:
            faults.unless(False, key, store.profile, f"the profile holds keys, in {FILES}")
            continue
        faults.unless(
            not credentials.token,
            key,
            store.profile,
            "pods are given keys that do not expire, and the profile's are temporary",
            "make an account for pods: STORES=FOLDER with stores-objects and stores-protection",
        )
        found[name] = credentials, region
    faults.raise_if_any()
    return found


def _text(parser: configparser.ConfigParser) -> str:
    stream = io.StringIO()
    parser.write(stream)
    return stream.getvalue()
