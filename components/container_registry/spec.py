"""The rules of a container registry."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from components.container_registry.args import ContainerRegistryArgs, PullThroughArgs, ScanType
from components.container_registry.upstreams import KNOWN, remedy_of, upstream_of
from components.principals import is_role
from components.violations import Violations

# botocore's `ecr` model, RepositoryName: 2 to 256 characters.
NAME = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
NAME_RULE = "a repository's name has 2 to 256 characters: words of a-z and 0-9, joined by '.', '_', '-' and '/'"
# The same model, CredentialArn: 50 to 612 characters.
SECRET = re.compile(
    r"arn:aws(-\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr-pullthroughcache/[a-zA-Z0-9/_+=.@-]+", re.ASCII
)
SECRET_RULE = "the login of a registry is a secret of Secrets Manager whose name begins ecr-pullthroughcache/"
ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
# The same model, Region.
REGION = re.compile(r"[0-9a-z-]{2,25}")
UNTAGGED_DAYS = 14
CACHED_DAYS = 90
# ECR user guide, "Lifecycle policy parameters": a count is 1 or more. A century is longer than an image.
MOST_DAYS = 36500
SCAN_TYPES = ("BASIC", "ENHANCED")


@dataclass(frozen=True, kw_only=True, slots=True)
class PullThrough:
    """A registry that is pulled through."""

    prefix: str
    """Without the slash that ECR takes for written."""
    upstream: str
    secret_arn: str
    role_arn: str

    @classmethod
    def of(cls, args: PullThroughArgs) -> Self:
        return cls(
            prefix=args["prefix"].removesuffix("/"),
            upstream=args["upstream"],
            secret_arn=args.get("secret_arn", ""),
            role_arn=args.get("role_arn", ""),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerRegistrySpec:
    """Repositories, and the registries that are pulled through."""

    region: str
    repositories: tuple[str, ...]
    untagged_days: int
    pull_through: tuple[PullThrough, ...]
    cached_days: int
    registry_scanning: ScanType | None
    pull_accounts: tuple[str, ...]
    replica_regions: tuple[str, ...]

    @classmethod
    def parse(cls, args: ContainerRegistryArgs) -> Self:
        """Raises SpecError with every name, upstream, login, account and region that ECR would refuse when it is
        applied.
        """
        violations = Violations("ContainerRegistry")
        spec = cls(
            region=args["region"],
            repositories=tuple(args["repositories"]),
            untagged_days=args.get("untagged_days", UNTAGGED_DAYS),
            pull_through=tuple(map(PullThrough.of, args.get("pull_through", ()))),
            cached_days=args.get("cached_days", CACHED_DAYS),
            registry_scanning=args.get("registry_scanning"),
            pull_accounts=tuple(args.get("pull_accounts", ())),
            replica_regions=tuple(args.get("replica_regions", ())),
        )
        spec._check_repositories(violations)
        for index, rule in enumerate(spec.pull_through):
            _check_rule(violations, f"pull_through[{index}]", rule)
        spec._check_prefixes(violations)
        for path, days, default in (
            ("untagged_days", spec.untagged_days, UNTAGGED_DAYS),
            ("cached_days", spec.cached_days, CACHED_DAYS),
        ):
            violations.unless(
                type(days) is int and 1 <= days <= MOST_DAYS,
                path,
                days,
                f"an image is kept a whole number of days, 1 to {MOST_DAYS}",
                f"leave it out for {default}",
            )
        violations.unless(
            spec.registry_scanning in (None, *SCAN_TYPES),
            "registry_scanning",
            spec.registry_scanning,
            f"a registry is scanned as {' or '.join(SCAN_TYPES)}",
            "leave it out, and each repository scans at push",
        )
        spec._check_others(violations)
        violations.raise_if_any()
        return spec

    def _check_repositories(self, violations: Violations) -> None:
        violations.unless(
            bool(self.repositories),
            "repositories",
            "",
            "a registry has a repository or more",
            "name one, e.g. factory/workloads",
        )
        for index, name in enumerate(self.repositories):
            violations.unless(
                2 <= len(name) <= 256 and NAME.fullmatch(name) is not None,
                f"repositories[{index}]",
                name,
                NAME_RULE,
                "e.g. factory/workloads",
            )
        _check_once(violations, "repositories", self.repositories)

    def _check_prefixes(self, violations: Violations) -> None:
        prefixes = [rule.prefix for rule in self.pull_through]
        _check_once(violations, "pull_through", prefixes)
        for index, name in enumerate(self.repositories):
            above = [prefix for prefix in prefixes if name.startswith(f"{prefix}/")]
            violations.unless(
                not above,
                f"repositories[{index}]",
                name,
                "a repository is not below a prefix that is pulled through: a tag that it lacks would come from there",
                "give one of the two another prefix",
            )

    def _check_others(self, violations: Violations) -> None:
        for index, account in enumerate(self.pull_accounts):
            violations.unless(
                ACCOUNT.fullmatch(account) is not None,
                f"pull_accounts[{index}]",
                account,
                "an account of AWS has 12 digits",
                'e.g. "012345678901", in quotes, because YAML drops a leading 0',
            )
        for index, region in enumerate(self.replica_regions):
            violations.unless(
                REGION.fullmatch(region) is not None and region != self.region,
                f"replica_regions[{index}]",
                region,
                f"images are copied to another region than their own, {self.region}",
                "name another region, or leave it out",
            )
        _check_once(violations, "replica_regions", self.replica_regions)

    @property
    def untagged(self) -> str:
        """Lifecycle policy of the repositories."""
        return lifecycle("untagged", self.untagged_days)

    @property
    def cached(self) -> str:
        """Lifecycle policy of what is pulled through: what is pulled by digest has no tag there, and what has gone
        comes back.
        """
        return lifecycle("any", self.cached_days)


def lifecycle(status: str, days: int) -> str:
    """A lifecycle policy (JSON) that removes images of a tag status some days after they were pushed."""
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 1,
                    "description": f"{status} images go after {days} days",
                    "selection": {
                        "tagStatus": status,
                        "countType": "sinceImagePushed",
                        "countUnit": "days",
                        "countNumber": days,
                    },
                    "action": {"type": "expire"},
                }
            ]
        }
    )


def _check_once(violations: Violations, path: str, values: Sequence[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    violations.unless(not twice, path, ", ".join(twice), "each is named once", "remove the second")


def _check_rule(violations: Violations, path: str, rule: PullThrough) -> None:
    violations.unless(
        2 <= len(rule.prefix) <= 30 and NAME.fullmatch(rule.prefix) is not None,
        f"{path}.prefix",
        rule.prefix,
        "a prefix has 2 to 30 characters: words of a-z and 0-9, joined by '.', '_', '-' and '/'",
        "e.g. k8s; ROOT would give every name that is not ours to whoever has it upstream",
    )
    upstream = upstream_of(rule.upstream)
    if not violations.unless(
        upstream is not None,
        f"{path}.upstream",
        rule.upstream,
        f"ECR pulls through {KNOWN}, by host alone",
        remedy_of(rule.upstream),
    ):
        return
    needed = upstream is not None and upstream.secret
    violations.unless(
        bool(rule.secret_arn) == needed,
        f"{path}.secret_arn",
        rule.secret_arn,
        f"{rule.upstream} is asked {'with a login' if needed else 'without a login'}",
        f"{'name a secret whose name begins ecr-pullthroughcache/' if needed else 'leave it out'}",
    )
    violations.unless(
        not rule.secret_arn or (SECRET.fullmatch(rule.secret_arn) is not None and 50 <= len(rule.secret_arn) <= 612),
        f"{path}.secret_arn",
        rule.secret_arn,
        SECRET_RULE,
        "aws secretsmanager create-secret --name ecr-pullthroughcache/NAME, then its ARN",
    )
    private = upstream is not None and upstream.name == "ecr"
    violations.unless(
        not rule.role_arn or (private and is_role(rule.role_arn)),
        f"{path}.role_arn",
        rule.role_arn,
        "a role reaches a private registry of ECR, and is named by its ARN",
        "leave it out" if not private else "e.g. arn:aws:iam::123456789012:role/NAME",
    )
