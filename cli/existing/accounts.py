"""The accounts by which pods reach a site's stores: made by the stacks on MinIO, else taken from the user's AWS profiles."""

from collections.abc import Mapping
from pathlib import Path

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from rich.markup import escape

from cli import pod_accounts
from cli.existing.options import Site
from cli.home import Home
from cli.pod_accounts import Account, Reached
from cli.project import declared
from components.object_store.admin import check_admin
from components.object_store.store import StoreError
from components.violations import Violations
from host.progress import Progress
from stacks.accounts import read_key

FILES = "the files that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name, or ~/.aws"


def kept_key(home: Home, site: Site) -> Path | None:
    """The key that the secrets of pods' accounts are derived from; None where the stacks make no accounts."""
    if site.pods:
        return None
    if named := declared("vault", site.env).get("aifactory:accountsKeyFile"):
        return Path(str(named))
    own = home.credentials / pod_accounts.KEY
    return own if own.exists() else None


def make_key(home: Home, site: Site, progress: Progress) -> None:
    """Makes a key where none is kept yet and every store is a MinIO that its profile may administrate; else says what pods get.

    A key stays: a store that is away for a moment must not lead to the removal of its accounts.
    """
    if site.pods or kept_key(home, site):
        return
    try:
        for store in site.stores.values():
            check_admin(store.endpoint, store.profile)
    except StoreError as error:
        progress.say(escape(f"  note   pods get the keys of the profiles: {error}"))
        return
    home.secret(pod_accounts.KEY, 32)


def write(home: Home, site: Site) -> None:
    """Writes the AWS files for pods into the site's folder, readable by their owner alone.

    Raises SpecError for a profile that is not there, holds no keys, or holds keys that expire; and for a key that cannot be.
    """
    if site.pods:
        return
    key = kept_key(home, site)
    found = _credentials(site, pods=key is None)
    reached = {
        name: Reached(
            bucket=store.bucket,
            endpoint=store.endpoint,
            region=found[name][1],
            given=Account(access_key=found[name][0].access_key, secret_key=found[name][0].secret_key),
        )
        for name, store in site.stores.items()
    }
    pod_accounts.write(home, reached, read_key(key) if key else "", site.ca.read_text() if site.ca else "")


def _credentials(site: Site, *, pods: bool) -> Mapping[str, tuple[Credentials, str]]:
    """Store -> keys and region of its profile."""
    violations = Violations(f"Accounts of {site.env}")
    found: dict[str, tuple[Credentials, str]] = {}
    for name, store in site.stores.items():
        key = "PROFILE" if name == "objects" else f"{name.upper()}_PROFILE"
        try:
            session = boto3.Session(profile_name=store.profile or None)
            credentials, region = session.get_credentials(), session.region_name or "us-east-1"
        except BotoCoreError as error:
            violations.unless(False, key, store.profile, f"an AWS profile of that name is in {FILES} ({error})")
            continue
        if credentials is None:
            violations.unless(False, key, store.profile, f"the profile holds keys, in {FILES}")
            continue
        violations.unless(
            not pods or not credentials.token,
            key,
            store.profile,
            "pods are given keys that do not expire, and the profile's are temporary",
            "make an account for pods: STORES=FOLDER with stores-objects and stores-protection",
        )
        found[name] = credentials, region
    violations.raise_if_any()
    return found
