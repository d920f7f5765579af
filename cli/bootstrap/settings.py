"""What is bootstrapped: `stacks/config/<env>.bootstrap.yaml`, one section for each account that keeps state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

import yaml

from components.faults import Fault, Faults, SpecError
from components.object_store.spec import NAME_RULE, is_bucket_name
from components.partition import sts_audience
from components.vault.spec import MOST_DAYS
from stacks.names import LAYERS

Host = Literal["github", "gitlab"]
HOSTS: tuple[Host, ...] = ("github", "gitlab")
SECTION = frozenset({"layers", "region", "profile", "bucket", "retentionDays", "ci"})
CI = frozenset({"host", "issuer", "audience", "repository", "branches", "environments", "policies"})
# IAM user guide, "IAM and AWS STS quotas": a role's name has 64 of these at most.
ROLE_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
# Neither a `*` nor a `?`: trust is in one repository, whatever condition it is compared by.
REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")
REF = re.compile(r"[A-Za-z0-9_./-]+")
POLICY = re.compile(r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/\S+")


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


def read(path: Path) -> tuple[Account, ...]:
    """Raises SpecError with every fault of the file, or where there is none."""
    try:
        document = cast("object", yaml.safe_load(path.read_text()))
    except OSError as error:
        rule = f"an environment is bootstrapped from this file ({error.strerror})"
        raise SpecError(
            "Bootstrap", (Fault("file", str(path), rule, "take aws.bootstrap.yaml as an example"),)
        ) from None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise SpecError("Bootstrap", (Fault("file", str(path), f"it is YAML ({said})", "correct it"),)) from None
    faults = Faults(f"Bootstrap of {path.name}")
    sections = _mapping(document)
    faults.unless(bool(sections), "file", str(path), "it has a section for each account that keeps state")
    accounts = tuple(_account(faults, name, _mapping(section)) for name, section in sections.items())
    kept = [layer for account in accounts for layer in account.layers]
    faults.unless(
        sorted(kept) == sorted(LAYERS),
        "layers",
        ", ".join(kept),
        f"the state of each of {', '.join(LAYERS)} is kept by exactly one section",
    )
    faults.unless(
        all(account.layers == ("vault",) for account in accounts if "vault" in account.layers),
        "layers",
        ", ".join(kept),
        "the vault's state is kept apart from the layers whose data it protects",
        "give the vault a section of its own, in an account of its own",
    )
    faults.unless(
        len({account.bucket for account in accounts}) == len(accounts),
        "bucket",
        ", ".join(account.bucket for account in accounts),
        "each section has a bucket of its own",
    )
    faults.raise_if_any()
    return accounts


def _account(faults: Faults, name: str, section: Mapping[str, object]) -> Account:
    for key in section:
        faults.unless(key in SECTION, f"{name}.{key}", section[key], f"a section has {', '.join(sorted(SECTION))}")
    region, bucket, days = _text(section, "region"), _text(section, "bucket"), section.get("retentionDays", 30)
    faults.unless(
        re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region) is not None,
        f"{name}.region",
        region,
        "the state is kept in an AWS region",
        "e.g. eu-central-1",
    )
    faults.unless(is_bucket_name(bucket), f"{name}.bucket", bucket, NAME_RULE)
    whole = faults.unless(
        type(days) is int and 1 <= days <= MOST_DAYS,
        f"{name}.retentionDays",
        days,
        f"each version of the state is kept for a whole number of days, 1 to {MOST_DAYS}",
    )
    faults.unless(
        ROLE_NAME.fullmatch(name) is not None and len(name) <= 32,
        name,
        name,
        "a section is named by at most 32 of A-Z, a-z, 0-9 and '-', because its key and its role are called after it",
    )
    return Account(
        name=name,
        layers=tuple(_texts(section, "layers")),
        region=region,
        profile=_text(section, "profile"),
        bucket=bucket,
        retention_days=cast("int", days) if whole else 1,
        ci=_ci(faults, f"{name}.ci", _mapping(section["ci"]), region) if section.get("ci") else None,
    )


def _ci(faults: Faults, at: str, section: Mapping[str, object], region: str) -> Ci:
    for key in section:
        faults.unless(key in CI, f"{at}.{key}", section[key], f"ci has {', '.join(sorted(CI))}")
    named, issuer, repository = (
        _text(section, "host"),
        _text(section, "issuer").rstrip("/"),
        _text(section, "repository"),
    )
    host: Host = "gitlab" if named == "gitlab" else "github"
    faults.unless(named in HOSTS, f"{at}.host", named, f"CI's tokens are of the form of {' or '.join(HOSTS)}")
    parts = urlsplit(issuer)
    faults.unless(
        parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and not parts.query,
        f"{at}.issuer",
        issuer,
        "an OIDC issuer is an https URL",
        "e.g. https://token.actions.githubusercontent.com, or your GitLab's own address",
    )
    faults.unless(
        REPOSITORY.fullmatch(repository) is not None,
        f"{at}.repository",
        repository,
        "the role trusts one repository, OWNER/NAME, without a wildcard",
    )
    branches, environments = _texts(section, "branches"), _texts(section, "environments")
    faults.unless(
        bool(branches or environments) and all(REF.fullmatch(ref) for ref in (*branches, *environments)),
        f"{at}.branches",
        ", ".join((*branches, *environments)),
        "the role trusts named branches or environments of the repository, without a wildcard",
        "e.g. branches: [main]",
    )
    faults.unless(
        host != "gitlab" or not environments,
        f"{at}.environments",
        ", ".join(environments),
        "the subject of GitLab's tokens names a branch, and no environment",
        "name protected branches",
    )
    policies = _texts(section, "policies")
    faults.unless(
        all(POLICY.fullmatch(policy) for policy in policies),
        f"{at}.policies",
        ", ".join(policies),
        "what CI may deploy is named by ARNs of managed policies",
    )
    return Ci(
        host=host,
        issuer=issuer,
        audience=_text(section, "audience") or sts_audience(region),
        subjects=subjects(host, repository, branches, environments),
        policies=tuple(policies),
    )


def subjects(host: Host, repository: str, branches: list[str], environments: list[str]) -> tuple[str, ...]:
    """The `sub` of the tokens to trust.

    GitHub: "Configuring OpenID Connect in Amazon Web Services"; GitLab: "Connect to cloud services", `project_path:…`.
    """
    if host == "gitlab":
        return tuple(f"project_path:{repository}:ref_type:branch:ref:{branch}" for branch in branches)
    return (
        *(f"repo:{repository}:ref:refs/heads/{branch}" for branch in branches),
        *(f"repo:{repository}:environment:{environment}" for environment in environments),
    )


def _text(section: Mapping[str, object], key: str) -> str:
    return str(section.get(key) or "").strip()


def _texts(section: Mapping[str, object], key: str) -> list[str]:
    value = section.get(key)
    if not isinstance(value, list):
        return [str(value)] if value else []
    return [str(item) for item in cast("list[object]", value)]


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
