"""The AWS files that pods reach the stores by: accounts of their own where a key for them is kept, else the given ones."""

import configparser
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.home import Home
from components.object_store.roles import COPIES, LOGS, SERVING, STAGES, account_name, secret_of
from workloads.access.spec import CA_FILE
from workloads.spec import LOGS_SECRET, OBJECTS_SECRET, PROTECTION_SECRET, SERVING_SECRET, STORES_PATH

KEY = "accounts-key"
"""The file of a target's credentials that the secrets of its pods' accounts are derived from."""
# Secret -> store -> the role that its pods have there.
HOLDS: Mapping[str, Mapping[str, str]] = {
    OBJECTS_SECRET: {"objects": STAGES},
    PROTECTION_SECRET: {"objects": STAGES, "vault": COPIES, "offsite": COPIES},
    SERVING_SECRET: {"objects": SERVING},
    LOGS_SECRET: {"vault": LOGS, "offsite": LOGS},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The keys of one account of a store."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """A store as pods reach it."""

    bucket: str
    endpoint: str
    region: str
    given: Account | None = None
    """The account that pods get where none are made for them."""


def write(home: Home, stores: Mapping[str, Reached], key: str, authority: str = "") -> None:
    """Writes the files, readable by their owner alone. `key` is "" where no accounts are made; `authority` is in PEM."""
    for secret, roles in HOLDS.items():
        accounts = {store: _account(store, stores[store], role, key) for store, role in roles.items()}
        write_files(home, secret, stores, accounts, authority)


def write_files(
    home: Home, folder: str, stores: Mapping[str, Reached], accounts: Mapping[str, Account], authority: str = ""
) -> None:
    """Writes `credentials` and `config` with a profile for each of the accounts."""
    # A `%` in a key is a `%`.
    keys, config = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    for name, account in accounts.items():
        keys[name] = {"aws_access_key_id": account.access_key, "aws_secret_access_key": account.secret_key}
        config[f"profile {name}"] = {
            "region": stores[name].region,
            "endpoint_url": stores[name].endpoint,
            # Nested settings are indented below an empty value; path style, because a store on an address has no subdomains.
            "s3": "\naddressing_style = path",
            # Other S3 stores do not know the newer default checksums of every request.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            **({"ca_bundle": f"{STORES_PATH}/{CA_FILE}"} if authority else {}),
        }
    home.write_secret(f"{folder}/credentials", _text(keys))
    home.write_secret(f"{folder}/config", _text(config))
    if authority:
        home.write_secret(f"{folder}/{CA_FILE}", authority)
    else:
        (home.credentials / folder / CA_FILE).unlink(missing_ok=True)


def _account(name: str, store: Reached, role: str, key: str) -> Account:
    if not key and store.given:
        return store.given
    return Account(access_key=account_name(store.bucket, role), secret_key=secret_of(key, name, role))


def _text(parser: configparser.ConfigParser) -> str:
    stream = io.StringIO()
    parser.write(stream)
    return stream.getvalue()
