"""`make bootstrap` against moto: it makes what is missing, a second run changes nothing, and the real engine can use it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Protocol, cast

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from cli.engine import plugins
from host.cache import REPOSITORY
from tests.contract import site_hosts
from toolchain.install import Toolchain

REGION = "eu-central-1"
DOCUMENT = {
    "vault": {
        "layers": ["vault"],
        "region": REGION,
        "bucket": "state-vault",
        "retentionDays": 90,
        "ci": {
            "host": "gitlab",
            "issuer": "https://gitlab.example.org",
            "repository": "group/sub/aifactory",
            "branches": ["main"],
            "audience": "https://gitlab.example.org",
        },
    },
    "factory": {
        "layers": ["platform", "workloads"],
        "region": REGION,
        "bucket": "state",
        "ci": {
            "host": "github",
            "issuer": "https://token.actions.githubusercontent.com",
            "repository": "example/aifactory",
            "branches": ["main"],
            "environments": ["production"],
        },
    },
}


class S3(Protocol):
    def get_bucket_versioning(self, *, Bucket: str) -> Mapping[str, str]: ...
    def get_object_lock_configuration(self, *, Bucket: str) -> Mapping[str, object]: ...
    def get_public_access_block(self, *, Bucket: str) -> Mapping[str, Mapping[str, bool]]: ...
    def get_bucket_encryption(self, *, Bucket: str) -> object: ...
    def get_bucket_policy(self, *, Bucket: str) -> Mapping[str, str]: ...
    def create_bucket(self, *, Bucket: str, ObjectLockEnabledForBucket: bool) -> object: ...
    def put_object_lock_configuration(self, *, Bucket: str, ObjectLockConfiguration: object) -> object: ...
    def list_object_versions(self, *, Bucket: str, Prefix: str) -> Mapping[str, list[Mapping[str, str]]]: ...
    def delete_object(self, *, Bucket: str, Key: str, VersionId: str) -> object: ...
    def list_buckets(self) -> Mapping[str, list[object]]: ...


class Iam(Protocol):
    def get_role(self, *, RoleName: str) -> Mapping[str, Mapping[str, object]]: ...
    def create_role(self, *, RoleName: str, AssumeRolePolicyDocument: str) -> object: ...
    def create_policy(self, *, PolicyName: str, PolicyDocument: str) -> Mapping[str, Mapping[str, str]]: ...
    def list_attached_role_policies(self, *, RoleName: str) -> Mapping[str, list[Mapping[str, str]]]: ...
    def list_roles(self) -> Mapping[str, list[object]]: ...


class Kms(Protocol):
    def schedule_key_deletion(self, *, KeyId: str) -> object: ...
    def delete_alias(self, *, AliasName: str) -> object: ...
    def list_keys(self) -> Mapping[str, list[Mapping[str, str]]]: ...
    def describe_key(self, *, KeyId: str) -> Mapping[str, Mapping[str, str]]: ...


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[str]:
    """A new account for each test, reached as boto3's and the engine's own environment says."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    _reset(f"http://{host}:{port}")
    yield f"http://{host}:{port}"
    server.stop()


def _reset(endpoint: str) -> None:
    """moto keeps one state a process."""
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")) as answer:
        assert answer.status == 200


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "aws.bootstrap.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT, sort_keys=False))
    return path


def bootstrap(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "bootstrap", "--env", "aws", "--file", str(file), *more],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def succeeds(file: Path, *more: str) -> str:
    done = bootstrap(file, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def client(service: str) -> object:
    return boto3.Session().client(service, REGION)


def printed_backends(output: str) -> dict[str, dict[str, str]]:
    """The content of the backends' file, as it is printed to be copied."""
    block = output.partition("backends.yaml:\n\n")[2].partition("\n\n")[0]
    return cast("dict[str, dict[str, str]]", yaml.safe_load(block))


def test_a_dry_run_says_everything_and_makes_nothing(file: Path) -> None:
    output = succeeds(file, "--dry-run")
    for expected in ("would make the key", "would make the bucket state", "would make the role aifactory-ci-factory"):
        assert expected in output
    assert cast("S3", client("s3")).list_buckets()["Buckets"] == []
    assert cast("Iam", client("iam")).list_roles()["Roles"] == []
    assert cast("Kms", client("kms")).list_keys()["Keys"] == []


def test_the_bucket_is_versioned_locked_encrypted_and_private(file: Path) -> None:
    succeeds(file)
    s3 = cast("S3", client("s3"))
    assert s3.get_bucket_versioning(Bucket="state")["Status"] == "Enabled"
    lock = s3.get_object_lock_configuration(Bucket="state-vault")["ObjectLockConfiguration"]
    default = cast("dict[str, dict[str, dict[str, object]]]", lock)["Rule"]["DefaultRetention"]
    assert (default["Mode"], default["Days"]) == ("COMPLIANCE", 90)
    assert set(s3.get_public_access_block(Bucket="state")["PublicAccessBlockConfiguration"].values()) == {True}
    assert "aws:kms" in str(s3.get_bucket_encryption(Bucket="state"))
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket="state")["Policy"]


def test_the_role_trusts_one_repository_in_full(file: Path) -> None:
    succeeds(file)
    iam = cast("Iam", client("iam"))
    trusted = {
        name: str(iam.get_role(RoleName=f"aifactory-ci-{name}")["Role"]["AssumeRolePolicyDocument"])
        for name in DOCUMENT
    }
    assert "repo:example/aifactory:ref:refs/heads/main" in trusted["factory"]
    assert "repo:example/aifactory:environment:production" in trusted["factory"]
    assert "project_path:group/sub/aifactory:ref_type:branch:ref:main" in trusted["vault"]
    for output in trusted.values():
        assert "StringEquals" in output
        assert "*" not in output


def test_a_second_run_changes_nothing_and_says_the_same(file: Path) -> None:
    first, second = succeeds(file), succeeds(file)
    assert "nothing to change" in second
    assert printed_backends(first) == printed_backends(second)


def test_what_was_changed_by_hand_is_brought_back(file: Path) -> None:
    succeeds(file)
    file.write_text(yaml.safe_dump({**DOCUMENT, "vault": {**DOCUMENT["vault"], "retentionDays": 120}}))
    output = succeeds(file)
    assert "120 days under COMPLIANCE lock" in output
    assert "1 changes" in output


def test_what_ci_may_deploy_follows_the_file(file: Path) -> None:
    iam = cast("Iam", client("iam"))
    statement = {"Effect": "Allow", "Action": "eks:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = iam.create_policy(PolicyName="deploy", PolicyDocument=document)["Policy"]["Arn"]
    given = cast("dict[str, dict[str, object]]", json.loads(json.dumps(DOCUMENT)))
    cast("dict[str, object]", given["factory"]["ci"])["policies"] = [policy]
    for content, expected in ((given, [policy]), (DOCUMENT, [])):
        file.write_text(yaml.safe_dump(content))
        succeeds(file)
        held = iam.list_attached_role_policies(RoleName="aifactory-ci-factory")["AttachedPolicies"]
        assert [one["PolicyArn"] for one in held] == expected


def test_a_key_that_lost_its_name_is_found_again(file: Path) -> None:
    first = succeeds(file)
    kms = cast("Kms", client("kms"))
    kms.delete_alias(AliasName="alias/aifactory-state-factory")
    count = len(kms.list_keys()["Keys"])
    assert printed_backends(succeeds(file)) == printed_backends(first)
    assert len(kms.list_keys()["Keys"]) == count


def test_a_key_about_to_be_deleted_is_refused_with_what_saves_it(file: Path) -> None:
    succeeds(file)
    kms = cast("Kms", client("kms"))
    identity = kms.describe_key(KeyId="alias/aifactory-state-factory")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=identity)
    done = bootstrap(file)
    assert done.returncode == 1
    assert "cancel-key-deletion" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_role_that_is_not_ours_is_left_alone(file: Path) -> None:
    iam = cast("Iam", client("iam"))
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="aifactory-ci-factory", AssumeRolePolicyDocument=document)
    done = bootstrap(file)
    assert done.returncode == 1
    assert "was not made here" in done.stderr
    assert iam.get_role(RoleName="aifactory-ci-factory")["Role"]["AssumeRolePolicyDocument"] == json.loads(document)


def test_an_account_that_does_not_answer_is_one_message(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = bootstrap(file)
    assert done.returncode == 1
    assert "HTTPS_PROXY" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_real_engine_keeps_state_under_a_real_lock_and_secrets_under_the_key(
    file: Path, tmp_path: Path, endpoint: str
) -> None:
    """The key is moto's. The bucket is MinIO's: moto refuses copies in a locked bucket, and its lock is none."""
    printed = printed_backends(succeeds(file))["platform"]
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: kept\nruntime: python\n")
    (project / "__main__.py").write_text(
        "import pulumi\npulumi.export('word', pulumi.Config().require_secret('word'))\n"
    )
    with site_hosts.store(tmp_path) as store:
        s3 = cast(
            "S3",
            boto3.client(
                "s3",
                REGION,
                endpoint_url=store.endpoint,
                aws_access_key_id=store.user,
                aws_secret_access_key=store.password,
            ),
        )
        s3.create_bucket(Bucket="state", ObjectLockEnabledForBucket=True)
        lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
        s3.put_object_lock_configuration(Bucket="state", ObjectLockConfiguration=lock)
        environment = {
            **{name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"},
            "AWS_ENDPOINT_URL_KMS": endpoint,
            "AWS_ACCESS_KEY_ID": store.user,
            "AWS_SECRET_ACCESS_KEY": store.password,
            "PATH": os.pathsep.join(
                [plugins(Toolchain().path("pulumi"), moto=True), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "AIFACTORY_PYTHON": sys.executable,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_HOME": str(tmp_path / "pulumi"),
            "PULUMI_BACKEND_URL": f"{printed['backend']}&endpoint={store.endpoint}&s3ForcePathStyle=true",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }

        def pulumi(*arguments: str) -> str:
            command = [str(Toolchain().path("pulumi")), *arguments, "--non-interactive", "--color=never"]
            done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        pulumi("stack", "init", "dev", "--secrets-provider", printed["secretsProvider"])
        pulumi("config", "set", "--secret", "word", "hunter2", "--stack", "dev")
        pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
        exported = pulumi("stack", "export", "--stack", "dev")
        assert "hunter2" not in exported
        assert json.loads(exported)["deployment"]["secrets_providers"]["type"] == "cloud"
        assert pulumi("stack", "output", "word", "--show-secrets", "--stack", "dev").strip() == "hunter2"
        versions = s3.list_object_versions(Bucket="state", Prefix=".pulumi/stacks/kept/dev.json")["Versions"]
        for version in versions:
            with pytest.raises(ClientError):
                s3.delete_object(Bucket="state", Key=version["Key"], VersionId=version["VersionId"])
