"""MinIO's admin API, by which accounts are made on a store; its library encrypts what it sends as that API asks."""

import json
import os
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import BotoCoreError

from components.object_store.store import StoreError, session_of

if TYPE_CHECKING:
    from minio.minioadmin import MinioAdmin

OWN_ACCOUNTS = "give pods accounts of your own: STORES=FOLDER, or aifactory:storesFolder in place of accountsKeyFile"

_IMPORTING = Lock()


@contextmanager
def admin_of(endpoint: str, profile: str) -> Generator["MinioAdmin"]:
    """The admin API of a store. Raises StoreError where the profile has no keys, or the block's call is refused or not answered."""
    # Here, because it takes a third of a second to import, and a preview asks for no account. One thread at a time: its
    # modules import each other in a circle, and a second thread would get them half-imported.
    with _IMPORTING:
        from minio.credentials.providers import StaticProvider
        from minio.error import MinioAdminException
        from minio.minioadmin import MinioAdmin

    where = f"endpoint = {endpoint!r} (profile {profile or 'of the environment'})"
    rule = "accounts of pods are made by MinIO's admin API, by a profile that may administrate"
    session = session_of(profile)
    try:
        credentials = session.get_credentials()
    except BotoCoreError as error:
        raise StoreError(f"{where}: {rule}: {error}") from error
    if credentials is None:
        raise StoreError(f"{where}: {rule}, and the profile holds no keys")
    keys = credentials.get_frozen_credentials()
    parts = urlsplit(endpoint)
    try:
        yield MinioAdmin(
            endpoint=parts.netloc,
            credentials=StaticProvider(str(keys.access_key), str(keys.secret_key), keys.token),
            secure=parts.scheme == "https",
            http_client=_http(endpoint, profile),
        )
    except MinioAdminException as error:
        raise StoreError(f"{where}: {rule}; the store refused it ({_reason(str(error))}): {OWN_ACCOUNTS}") from error
    except urllib3.exceptions.HTTPError as error:
        said = " ".join(str(error).split())
        raise StoreError(f"{where}: {rule}; the store did not answer: {said}") from error
    except ValueError as error:
        raise StoreError(
            f"{where}: {rule}; what answers there is no MinIO ({type(error).__name__}): {OWN_ACCOUNTS}"
        ) from error


def check_admin(endpoint: str, profile: str) -> None:
    """Asks whether accounts can be made. Raises StoreError where they cannot."""
    with admin_of(endpoint, profile) as admin:
        json.loads(admin.policy_list())


def code_of_admin(error: Exception) -> str:
    """MinIO's code of an error of its admin API, e.g. `XMinioAdminNoSuchUser`; "" where it is none."""
    try:
        return str(json.loads(str(error).partition("Body: ")[2])["Code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _reason(text: str) -> str:
    """An error of another store may be a page."""
    return " ".join(text.split())[:300]


def _http(endpoint: str, profile: str) -> urllib3.PoolManager:
    """Short patience, and the authority and the proxy that boto3 would take."""
    configured = session_of(profile)._session.get_config_variable("ca_bundle")  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownVariableType]
    authority = str(configured or os.environ.get("REQUESTS_CA_BUNDLE") or "") or None
    host, scheme = urlsplit(endpoint).netloc, urlsplit(endpoint).scheme
    proxy = "" if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme, "")
    timeout, retries = urllib3.Timeout(connect=5, read=60), urllib3.Retry(total=3, backoff_factor=0.2)
    if proxy:
        return urllib3.ProxyManager(proxy, timeout=timeout, retries=retries, ca_certs=authority)
    return urllib3.PoolManager(timeout=timeout, retries=retries, ca_certs=authority)
