"""Where Pulumi keeps each layer's state, and what encrypts the secrets in it: `stacks/config/<env>.backends.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import yaml

from components.faults import Fault, Faults, SpecError
from stacks.names import LAYERS

# Pulumi, "State and backends" and "Secrets": what the engine itself understands.
STATE = ("s3", "gs", "azblob", "file", "https", "postgres")
PASSPHRASE = "passphrase"
SECRETS = ("awskms", "hashivault", "gcpkms", "azurekeyvault")
KEYS = ("backend", "secretsProvider")


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """Of one layer."""

    url: str
    """As PULUMI_BACKEND_URL takes it."""
    secrets_provider: str
    """`passphrase`, or the URL of a key."""


def read(path: Path) -> dict[str, Backend]:
    """Layer -> its backend; empty where there is no such file, as in the lab.

    Raises SpecError with every fault of the file.
    """
    if not path.is_file():
        return {}
    try:
        document = cast("object", yaml.safe_load(path.read_text()))
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise SpecError("Backends", (Fault("file", str(path), f"it is YAML ({said})", "correct it"),)) from None
    faults = Faults(f"Backends of {path.name}")
    found = _mapping(document)
    for layer in found:
        faults.unless(layer in LAYERS, layer, found[layer], f"the layers are {', '.join(LAYERS)}")
    backends = {layer: _backend(faults, layer, found.get(layer)) for layer in LAYERS}
    for layer in LAYERS[1:]:
        apart = backends["vault"].url != backends[layer].url
        faults.unless(
            apart or not backends[layer].url,
            f"{layer}.backend",
            backends[layer].url,
            "the vault's state is kept apart from the layers whose data it protects, under credentials of its own",
            "give vault.backend a bucket of its own: `make bootstrap` with the vault's profile",
        )
    faults.raise_if_any()
    return backends


def _backend(faults: Faults, layer: str, value: object) -> Backend:
    entry = _mapping(value)
    for key in entry:
        faults.unless(key in KEYS, f"{layer}.{key}", entry[key], f"a backend has {' and '.join(KEYS)}")
    url, secrets = str(entry.get("backend") or ""), str(entry.get("secretsProvider") or "")
    faults.unless(
        _scheme(url) in STATE and bool(urlsplit(url).netloc or urlsplit(url).path),
        f"{layer}.backend",
        _hidden(url),
        f"state is kept at a URL of one of {', '.join(STATE)}",
        "e.g. s3://BUCKET?region=REGION, as `make bootstrap` prints it",
    )
    faults.unless(
        "@" not in urlsplit(url).netloc if _scheme(url) else True,
        f"{layer}.backend",
        _hidden(url),
        "no credential is written into a file of the repository",
        "name a profile, e.g. s3://BUCKET?region=REGION&profile=PROFILE",
    )
    faults.unless(
        secrets == PASSPHRASE or _scheme(secrets) in SECRETS,
        f"{layer}.secretsProvider",
        _hidden(secrets),
        f"secrets are encrypted by {PASSPHRASE}, or by a key at a URL of one of {', '.join(SECRETS)}",
        "e.g. awskms:///ARN?region=REGION, hashivault://KEY, or passphrase",
    )
    return Backend(url=url, secrets_provider=secrets)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme if "://" in url else ""
    except ValueError:
        return ""


def _hidden(url: str) -> str:
    """A password in a URL is not repeated in a message."""
    return re.sub(r"//[^/@]*@", "//***@", url)
