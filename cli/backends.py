"""Where Pulumi keeps each layer's state, and what encrypts the secrets in it: `stacks/config/<env>.backends.yaml`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from annotated_types import Predicate

from components import document
from components.document import Rule, Section, Text, parsed
from components.violations import Violation

# Pulumi, "State and backends" and "Secrets": what the engine itself understands.
STATE = ("s3", "gs", "azblob", "file", "https", "postgres")
PASSPHRASE = "passphrase"
SECRETS = ("awskms", "hashivault", "gcpkms", "azurekeyvault")


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme if "://" in url else ""
    except ValueError:
        return ""


def _is_state(url: str) -> bool:
    return _scheme(url) in STATE and bool(urlsplit(url).netloc or urlsplit(url).path)


def _is_secrets(url: str) -> bool:
    return url == PASSPHRASE or _scheme(url) in SECRETS


@parsed(frozen=True, kw_only=True, slots=True)
class _Backend(Section):
    backend: Annotated[
        Text,
        Predicate(_is_state),
        Rule(
            f"state is kept at a URL of one of {', '.join(STATE)}",
            "e.g. s3://BUCKET?region=REGION, as `make bootstrap` prints it",
        ),
    ]
    secretsProvider: Annotated[
        Text,
        Predicate(_is_secrets),
        Rule(
            f"secrets are encrypted by {PASSPHRASE}, or by a key at a URL of one of {', '.join(SECRETS)}",
            "e.g. awskms:///ARN?region=REGION, hashivault://KEY, or passphrase",
        ),
    ]

    def violations(self) -> Iterable[Violation]:
        if "@" in urlsplit(self.backend).netloc:
            rule = "no credential is written into a file of the repository"
            yield Violation(
                "backend", self.backend, rule, "name a profile, e.g. s3://BUCKET?region=REGION&profile=PROFILE"
            )


@parsed(frozen=True, kw_only=True, slots=True)
class _Backends(Section):
    vault: _Backend
    platform: _Backend
    workloads: _Backend

    def violations(self) -> Iterable[Violation]:
        for layer, one in (("platform", self.platform), ("workloads", self.workloads)):
            if one.backend == self.vault.backend:
                rule = "the vault's state is kept apart from the layers whose data it protects, under credentials of its own"
                remedy = "give vault.backend a bucket of its own: `make bootstrap` with the vault's profile"
                yield Violation(f"{layer}.backend", one.backend, rule, remedy)


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """Of one layer."""

    url: str
    """As PULUMI_BACKEND_URL takes it."""
    secrets_provider: str
    """`passphrase`, or the URL of a key."""


def read(path: Path) -> dict[str, Backend]:
    """Layer -> its backend; empty where there is no such file, as in the lab.

    Raises SpecError with every violation of the file.
    """
    if not path.is_file():
        return {}
    subject = f"Backends of {path.name}"
    found = document.read(_Backends, document.load(path, subject, "file", "correct its rights"), subject, "file")
    layers = {"vault": found.vault, "platform": found.platform, "workloads": found.workloads}
    return {name: Backend(url=one.backend, secrets_provider=one.secretsProvider) for name, one in layers.items()}
