"""What is bootstrapped is a file, resource before AWS is asked; trust is never a pattern."""

from pathlib import Path
from typing import cast

import pytest
import yaml

from cli import backends
from cli.bootstrap import instructions, settings
from cli.bootstrap.settings import Account
from components.violations import SpecError
from host.cache import REPOSITORY

EXAMPLE = REPOSITORY / "stacks" / "config" / "aws.bootstrap.yaml"
Section = dict[str, object]


def written(folder: Path, **changes: object) -> Path:
    """The example with keys of its section `factory`, or of its `ci` (`ci_<key>`), changed."""
    document = cast("dict[str, Section]", yaml.safe_load(EXAMPLE.read_text()))
    for key, value in changes.items():
        section = document["factory"]
        if key.startswith("ci_"):
            section, key = cast("Section", section["ci"]), key.removeprefix("ci_")
        section[key] = value
    path = folder / "aws.bootstrap.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def violations(path: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        settings.read(path)
    return [violation.path for violation in caught.value.violations]


def test_the_example_keeps_the_vaults_state_apart() -> None:
    accounts = {account.name: account for account in settings.read(EXAMPLE)}
    assert accounts["vault"].layers == ("vault",)
    assert accounts["factory"].layers == ("platform", "workloads")


def test_githubs_tokens_name_a_branch_or_an_environment() -> None:
    assert settings.subjects("github", "example/aifactory", ["main"], ["production"]) == (
        "repo:example/aifactory:ref:refs/heads/main",
        "repo:example/aifactory:environment:production",
    )


def test_gitlabs_tokens_name_a_branch() -> None:
    assert settings.subjects("gitlab", "group/aifactory", ["main"], []) == (
        "project_path:group/aifactory:ref_type:branch:ref:main",
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"region": "Mars"}, "factory.region"),
        ({"bucket": "Not_A_Bucket"}, "factory.bucket"),
        ({"retentionDays": 0}, "factory.retentionDays"),
        ({"retentionDays": True}, "factory.retentionDays"),
        ({"colour": "red"}, "factory.colour"),
        ({"layers": ["platform"]}, "layers"),
        ({"layers": ["vault", "platform", "workloads"]}, "layers"),
        ({"bucket": "example-aifactory-state-vault"}, "bucket"),
        ({"ci_host": "jenkins"}, "factory.ci.host"),
        ({"ci_issuer": "http://token.example.org"}, "factory.ci.issuer"),
        ({"ci_repository": "example/*"}, "factory.ci.repository"),
        ({"ci_repository": "example"}, "factory.ci.repository"),
        ({"ci_branches": ["*"]}, "factory.ci.branches"),
        ({"ci_branches": []}, "factory.ci.branches"),
        ({"ci_host": "gitlab", "ci_environments": ["production"]}, "factory.ci.environments"),
        ({"ci_policies": ["AdministratorAccess"]}, "factory.ci.policies"),
    ],
)
def test_what_cannot_be_is_named_by_its_key(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    assert expected in violations(written(tmp_path, **change))


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert violations(tmp_path / "aws.bootstrap.yaml") == ["file"]


def test_tokens_for_china_were_asked_for_the_worlds_audience(tmp_path: Path) -> None:
    path = tmp_path / "cn.bootstrap.yaml"
    path.write_text(EXAMPLE.read_text().replace("us-east-1", "cn-north-1"))
    assert {account.ci.audience for account in settings.read(path) if account.ci} == {"sts.amazonaws.com.cn"}
    assert {account.ci.audience for account in settings.read(EXAMPLE) if account.ci} == {"sts.amazonaws.com"}


def bootstrapped(host: str) -> instructions.Bootstrapped:
    account = settings.read(EXAMPLE)[0]
    ci = account.ci
    assert ci is not None
    changed = settings.Ci(
        host="gitlab" if host == "gitlab" else "github",
        issuer=ci.issuer,
        audience=ci.audience,
        subjects=ci.subjects,
        policies=(),
    )
    return instructions.Bootstrapped(
        account=Account(
            name=account.name,
            layers=account.layers,
            region=account.region,
            profile=account.profile,
            bucket=account.bucket,
            retention_days=account.retention_days,
            ci=changed,
        ),
        key="arn:aws:kms:us-east-1:123456789012:key/0",
        role="arn:aws:iam::123456789012:role/aifactory-ci-vault",
    )


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_ci_is_told_its_role_and_its_backend_and_no_key(host: str) -> None:
    output = instructions.snippet("aws", bootstrapped(host))
    assert cast("object", yaml.safe_load(output))
    for expected in ("role/aifactory-ci-vault", "s3://example-aifactory-state-vault", "pulumi preview"):
        assert expected in output
    assert "secret_access_key" not in output.lower()


def test_what_is_printed_can_be_read_back(tmp_path: Path) -> None:
    first, second = settings.read(EXAMPLE)
    arn = "arn:aws:kms:us-east-1:123456789012:key/0"
    path = tmp_path / "aws.backends.yaml"
    path.write_text(
        instructions.backends([instructions.Bootstrapped(account=one, key=arn, role="") for one in (first, second)])
    )
    found = backends.read(path)
    assert found["vault"].url.startswith("s3://example-aifactory-state-vault?")
    assert found["workloads"].secrets_provider == f"awskms:///{arn}?region=us-east-1"
