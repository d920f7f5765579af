"""What is bootstrapped: `stacks/config/<env>.bootstrap.yaml`, one section for each account that keeps state."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from annotated_types import Ge, Le, Predicate
from pydantic import AfterValidator, BeforeValidator

from components import document
from components.document import Rule, Section, Text, Whole, broken, full, parsed
from components.object_store.spec import NAME_RULE, is_bucket_name
from components.partition import sts_audience
from components.vault.spec import MOST_DAYS
from components.violations import SpecError, Violation, Violations
from stacks.names import LAYERS

Host = Literal["github", "gitlab"]
HOSTS: tuple[Host, ...] = ("github", "gitlab")
# IAM user guide, "IAM and AWS STS quotas": a role's name has 64 of these at most; ours begins with `aifactory-ci-`.
NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,32}")
NAME_FORM = (
    "a section is named by 1 to 32 of A-Z, a-z, 0-9 and + = , . @ _ -, because its key and its role are called after it"
)
# Neither a `*` nor a `?`: trust is in one repository, whatever condition it is compared by.
REPOSITORY = r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+"
REF = re.compile(r"[A-Za-z0-9_./-]+")
POLICY = r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/\S+"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ci:
    """Whom the role trusts."""

    host: Host
    issuer: str
    """URL of the OIDC issuer, without a slash at its end."""
    audience: str
    subjects: tuple[str, ...]
    """The tokens' `sub`, each in full."""
    policies: tuple[str, ...]
    """ARNs of managed policies: what it may deploy, beside reading and writing the state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One section."""

    name: str
    layers: tuple[str, ...]
    """Whose state it keeps."""
    region: str
    profile: str
    bucket: str
    retention_days: int
    """Days that each version of the state is kept under COMPLIANCE lock."""
    ci: Ci | None


def _listed(value: object) -> object:
    # One may be written without its brackets.
    return [value] if isinstance(value, str) else value


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.query:
        raise broken("an OIDC issuer is an https URL")
    return value.rstrip("/")


Listed = Annotated[tuple[Text, ...], BeforeValidator(_listed), Rule("it is a list of names")]
DAYS = Rule(f"each version of the state is kept for a whole number of days, 1 to {MOST_DAYS}")
BRANCHES = "the role trusts named branches or environments of the repository, without a wildcard"


@parsed(frozen=True, kw_only=True, slots=True)
class _Ci(Section):
    host: Annotated[Host, Rule(f"CI's tokens are of the form of {' or '.join(HOSTS)}")]
    issuer: Annotated[
        Text,
        AfterValidator(_issuer),
        Rule(
            "an OIDC issuer is an https URL",
            "e.g. https://token.actions.githubusercontent.com, or your GitLab's own address",
        ),
    ]
    audience: Text = ""
    repository: Annotated[
        Text, full(REPOSITORY), Rule("the role trusts one repository, OWNER/NAME, without a wildcard")
    ]
    branches: Listed = ()
    environments: Listed = ()
    policies: Annotated[
        tuple[Annotated[Text, full(POLICY)], ...],
        BeforeValidator(_listed),
        Rule("what CI may deploy is named by ARNs of managed policies"),
    ] = ()

    def violations(self) -> Iterable[Violation]:
        refs = (*self.branches, *self.environments)
        if not refs or not all(REF.fullmatch(ref) for ref in refs):
            yield Violation("branches", ", ".join(refs), BRANCHES, "e.g. branches: [main]")
        if self.host == "gitlab" and self.environments:
            rule = "the subject of GitLab's tokens names a branch, and no environment"
            yield Violation("environments", ", ".join(self.environments), rule, "name protected branches")


@parsed(frozen=True, kw_only=True, slots=True)
class _Account(Section):
    layers: Listed
    region: Annotated[
        Text, full(r"[a-z]{2,4}(-[a-z]+)+-\d+"), Rule("the state is kept in an AWS region", "e.g. eu-central-1")
    ]
    profile: Text = ""
    bucket: Annotated[Text, Predicate(is_bucket_name), Rule(NAME_RULE)]
    retentionDays: Annotated[Whole, Ge(1), Le(MOST_DAYS), DAYS] = 30
    ci: _Ci | None = None


def read(path: Path) -> tuple[Account, ...]:
    """Raises SpecError with every violation of the file, or where there is none."""
    subject = f"Bootstrap of {path.name}"
    values = document.load(path, subject, "file", "take aws.bootstrap.yaml as an example")
    if not isinstance(values, dict) or not values:
        rule = "it has a section for each account that keeps state"
        raise SpecError(subject, (Violation("file", str(path), rule, "take aws.bootstrap.yaml as an example"),))
    violations = Violations(subject)
    sections = document.read(dict[str, _Account], cast("object", values), subject, "file")
    accounts = tuple(_account(name, section) for name, section in sections.items())
    for name in sections:
        violations.unless(NAME.fullmatch(name) is not None, name, name, NAME_FORM)
    kept = [layer for account in accounts for layer in account.layers]
    violations.unless(
        sorted(kept) == sorted(LAYERS),
        "layers",
        ", ".join(kept),
        f"the state of each of {', '.join(LAYERS)} is kept by exactly one section",
    )
    violations.unless(
        all(account.layers == ("vault",) for account in accounts if "vault" in account.layers),
        "layers",
        ", ".join(kept),
        "the vault's state is kept apart from the layers whose data it protects",
        "give the vault a section of its own, in an account of its own",
    )
    violations.unless(
        len({account.bucket for account in accounts}) == len(accounts),
        "bucket",
        ", ".join(account.bucket for account in accounts),
        "each section has a bucket of its own",
    )
    violations.raise_if_any()
    return accounts


def _account(name: str, section: _Account) -> Account:
    ci = section.ci
    return Account(
        name=name,
        layers=section.layers,
        region=section.region,
        profile=section.profile.strip(),
        bucket=section.bucket,
        retention_days=section.retentionDays,
        ci=Ci(
            host=ci.host,
            issuer=ci.issuer,
            audience=ci.audience.strip() or sts_audience(section.region),
            subjects=subjects(ci.host, ci.repository, ci.branches, ci.environments),
            policies=ci.policies,
        )
        if ci
        else None,
    )


def subjects(host: Host, repository: str, branches: Sequence[str], environments: Sequence[str]) -> tuple[str, ...]:
    """The `sub` of the tokens to trust.

    GitHub: "Configuring OpenID Connect in Amazon Web Services"; GitLab: "Connect to cloud services", `project_path:…`.
    """
    if host == "gitlab":
        return tuple(f"project_path:{repository}:ref_type:branch:ref:{branch}" for branch in branches)
    return (
        *(f"repo:{repository}:ref:refs/heads/{branch}" for branch in branches),
        *(f"repo:{repository}:environment:{environment}" for environment in environments),
    )
