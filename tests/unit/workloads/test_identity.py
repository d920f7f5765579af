"""Pods that reach stores by who they are: the real botocore, an agent of Pod Identity's kind, moto for STS and S3."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast
from uuid import uuid4

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest

from components.object_store.identity import OBJECTS, OFFSITE, PROTECT, RUNNER, SERVER, STAGE, VAULT
from components.violations import SpecError
from host.documents import mapping
from policies.judge import Judge
from policies.pack import RULES
from policies.resource import PolicyResource
from policies.rule import Level
from tests.local_moto import local_moto
from tests.unit.components.recorder import Recorder, declared
from tests.unit.workloads.test_access import args
from tests.unit.workloads.test_workflow import IMAGES, plan
from workloads.access.args import AccessArgs, IdentityStoreArgs
from workloads.access.component import Access
from workloads.access.identity import config
from workloads.access.spec import AccessSpec
from workloads.inference.args import ServingArgs
from workloads.inference.component import Serving
from workloads.pipeline.component import Lifecycle
from workloads.pipeline.workflow import RunEnvironment, spec
from workloads.spec import STORES_PATH, Stores
from workloads.stage.app.store import Store

__all__ = ["args"]

ROLE = "arn:aws:iam::222222222222:role/factory/vault-writer"
STORES: dict[str, IdentityStoreArgs] = {
    OBJECTS: {"region": "eu-central-1"},
    VAULT: {"region": "eu-west-1", "role_arn": ROLE},
    OFFSITE: {"region": "us-east-1"},
}
REACHED = Stores(objects="objects", vault="vault", offsite="offsite", retention_days=1, identity_region="eu-central-1")
PLACE = RunEnvironment(
    namespace="factory", claim="shared", stores=REACHED, tracking_uri="http://mlflow.factory.svc:5000"
)
TOKEN = "a-projected-token"
AGENT_KEY = "ASIAOFTHEPODSROLE000"


@dataclass(slots=True)
class Agent:
    """What answers at AWS_CONTAINER_CREDENTIALS_FULL_URI on a node of EKS."""

    url: str
    tokens: list[str] = field(default_factory=list[str])
    """What each request was authorized by."""


@contextmanager
def agent() -> Generator[Agent]:
    tokens: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization", ""))
            content = json.dumps(
                {
                    "AccessKeyId": AGENT_KEY,
                    "SecretAccessKey": "secret",
                    "Token": "session",
                    "Expiration": "2999-01-01T00:00:00Z",
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Agent(f"http://127.0.0.1:{server.server_port}/v1/credentials", tokens)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Agent]:
    """The environment of a pod with an identity, as its declaration and EKS' webhook set it."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "config").write_text(config(STORES))
    declared_environment = {
        name: value.replace(STORES_PATH, str(tmp_path)) for name, value in REACHED.environment(protection=True).items()
    }
    assert not Path(declared_environment["AWS_SHARED_CREDENTIALS_FILE"]).exists()
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    with agent() as answering, local_moto() as aws:
        given = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": answering.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
            "AWS_ENDPOINT_URL": aws,
        }
        for name, value in {**declared_environment, **given}.items():
            monkeypatch.setenv(name, value)
        yield answering


def signed_by(profile: str) -> tuple[str, str]:
    """The access key and the region that a program's store signs its requests with."""
    store = Store(profile, f"{profile}-{uuid4().hex}")
    seen: list[str] = []

    def note(request: AWSPreparedRequest, **_: object) -> None:
        seen.append(str(request.headers["Authorization"]))

    store._s3.meta.events.register("before-send.s3", note)  # pyright: ignore[reportPrivateUsage]
    assert list(_made(store)) == [("path", 7)]
    found = {re.findall(r"Credential=([^/]+)/[0-9]+/([^/]+)/s3", one)[0] for one in map(_text, seen)}
    (only,) = found
    return str(only[0]), str(only[1])


def _text(header: str) -> str:
    # botocore's headers are bytes.
    return header.removeprefix("b'")


def _made(store: Store) -> Generator[tuple[str, int]]:
    region = store._s3.meta.region_name  # pyright: ignore[reportPrivateUsage]
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    store._s3.create_bucket(Bucket=store.bucket, **where)  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    store.put("path", b"content")
    yield from store.listed("")


@pytest.mark.usefixtures("pod")
def test_pods_hold_non_expiring_keys(pod: Agent) -> None:
    """B5: what a program signs by is what the agent of Pod Identity gave it, which no file and no Secret holds."""
    assert signed_by(OBJECTS) == (AGENT_KEY, "eu-central-1")
    assert pod.tokens == [TOKEN]


def test_a_vault_of_another_account_is_reached_by_a_role_taken_with_the_pods_own(pod: Agent) -> None:
    """B5, `credential_source = EcsContainer`: the agent's credentials take the role, the role's sign."""
    key, region = signed_by(VAULT)
    assert key != AGENT_KEY
    assert region == "eu-west-1"
    assert pod.tokens == [TOKEN]
    arn = boto3.Session(profile_name=VAULT).client("sts").get_caller_identity()["Arn"]
    assert arn.startswith("arn:aws:sts::222222222222:assumed-role/")


def test_a_store_that_admits_the_pods_role_is_reached_in_its_own_region(pod: Agent) -> None:
    assert signed_by(OFFSITE) == (AGENT_KEY, "us-east-1")
    assert pod.tokens == [TOKEN]


def test_the_region_of_the_pod_comes_before_a_stores_own_where_eks_adds_it(
    pod: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why a pod names AWS_REGION itself: the webhook then leaves AWS_DEFAULT_REGION out."""
    assert REACHED.environment(protection=True)["AWS_REGION"] == "eu-central-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert signed_by(OFFSITE)[1] == "eu-central-1"
    assert pod.tokens


def test_without_an_identity_the_environment_and_the_mounts_are_those_of_accounts() -> None:
    stores = Stores(objects="objects", vault="vault", offsite="offsite", retention_days=1)
    assert stores.environment(protection=False) == {
        "AWS_SHARED_CREDENTIALS_FILE": "/etc/aifactory/stores/credentials",
        "AWS_CONFIG_FILE": "/etc/aifactory/stores/config",
        "AWS_EC2_METADATA_DISABLED": "true",
        "OBJECTS_BUCKET": "objects",
    }
    mount = stores.mount("stores-objects")
    assert (mount.source, mount.of) == ("secret", "stores-objects")


def access(args: AccessArgs) -> AccessArgs:
    """The same access, by an identity."""
    return {
        "namespace": args["namespace"],
        "signing_key": args["signing_key"],
        "callers": args["callers"],
        "identity": STORES,
    }


def test_no_secret_holds_an_account_of_a_store(args: AccessArgs) -> None:
    """B5: with an identity the stores' file is a ConfigMap, and names no key."""
    seen = declared(lambda: Access("access", access(args)))
    assert {one.name for one in seen.of("kubernetes:core/v1:Secret")} == {"access-signing-key", "access-callers"}
    maps = {one.name: one.inputs["data"] for one in seen.of("kubernetes:core/v1:ConfigMap")}
    content = str(maps["access-stores-config"])
    assert "role_arn" in content
    assert "secret" not in content.lower()
    assert "access_key" not in content


def test_the_version_of_access_changes_with_where_a_store_is(args: AccessArgs) -> None:
    moved = access(args)
    moved["identity"] = {**STORES, OFFSITE: {"region": "us-west-2"}}
    assert AccessSpec.parse(access(args)).accounts != AccessSpec.parse(moved).accounts


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        (
            {OBJECTS: {"region": "eu-central-1"}},
            r"identity = 'objects': pods reach these stores: objects, vault, offsite; say of each of them",
        ),
        (
            {**STORES, VAULT: {"region": "Frankfurt"}},
            r"identity\.vault\.region = 'Frankfurt': a region is named as AWS names it; e\.g\. eu-central-1",
        ),
        (
            {**STORES, VAULT: {"region": "eu-west-1", "role_arn": "vault-writer"}},
            r"identity\.vault\.role_arn = 'vault-writer': a role is named by its ARN; e\.g\. arn:aws:iam",
        ),
        (
            {**STORES, VAULT: {"region": "eu-west-1", "role_arn": f"{ROLE}\nsource_profile = x"}},
            r"identity\.vault\.role_arn",
        ),
    ],
)
def test_a_store_that_pods_could_not_reach_is_refused(
    args: AccessArgs, identity: dict[str, IdentityStoreArgs], message: str
) -> None:
    wrong = access(args)
    wrong["identity"] = identity
    with pytest.raises(SpecError, match=message):
        AccessSpec.parse(wrong)


def test_accounts_and_an_identity_or_neither_are_refused(args: AccessArgs, tmp_path: Path) -> None:
    both = access(args)
    both["stores"] = tmp_path
    neither = access(args)
    del neither["identity"]
    for wrong in (both, neither):
        with pytest.raises(SpecError, match=r"storesFolder = .*exactly one of the two; on AWS leave the folder out"):
            AccessSpec.parse(wrong)


def lifecycle(place: RunEnvironment) -> Recorder:
    return declared(lambda: Lifecycle("lifecycle", {"run": plan(images=IMAGES), "place": place}))


def accounts(seen: Recorder) -> set[str]:
    return {str(mapping(one.inputs["metadata"])["name"]) for one in seen.of("kubernetes:core/v1:ServiceAccount")}


def test_only_the_stage_that_copies_runs_under_the_account_that_may_write_to_the_vault() -> None:
    """Pod Identity gives an account one role: stages that shared the account would share the vault."""
    seen = lifecycle(PLACE)
    assert accounts(seen) == {RUNNER, STAGE, PROTECT}
    (workflow,) = seen.of("kubernetes:argoproj.io/v1alpha1:Workflow")
    templates = cast("list[dict[str, object]]", cast("dict[str, object]", workflow.inputs["spec"])["templates"])
    named = {one["name"]: one["serviceAccountName"] for one in templates if "serviceAccountName" in one}
    assert named == {"protect": PROTECT}
    (binding,) = seen.of("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
    assert json.dumps(binding.inputs["subjects"]).count('"ServiceAccount"') == 2
    assert '"secretName": "stores' not in json.dumps(templates)


def test_with_accounts_no_account_of_kubernetes_is_added() -> None:
    place = RunEnvironment(
        namespace="factory",
        claim="shared",
        stores=Stores(objects="objects", vault="vault", offsite="offsite", retention_days=1),
        tracking_uri="http://mlflow.factory.svc:5000",
    )
    assert accounts(lifecycle(place)) == {RUNNER, STAGE}


def test_the_model_server_is_given_no_identity() -> None:
    serving: ServingArgs = {
        "namespace": "factory",
        "image": IMAGES.workloads,
        "model": "0" * 64,
        "claim": "shared",
        "stores": REACHED,
        "resources": plan().recipe.resources["serving"],
        "precision": "bfloat16",
        "context": 128,
        "node_port": 30080,
    }
    seen = declared(lambda: Serving("serving", serving))
    assert accounts(seen) == {SERVER}
    (made,) = seen.of("kubernetes:apps/v1:Deployment")
    assert '"eks.amazonaws.com/skip-containers": "vllm"' in json.dumps(made.inputs["spec"])


def test_pods_with_an_identity_keep_the_policies() -> None:
    for recipe in ("lab", "production"):
        workflow = PolicyResource(
            kind="kubernetes:argoproj.io/v1alpha1:Workflow",
            props={"kind": "Workflow", "metadata": {"namespace": "factory"}, "spec": spec(plan(recipe), PLACE)},
        )
        judged = Judge(tuple(RULES.values())).resource(workflow)
        assert [one.message for one in judged if one.level is Level.MANDATORY] == []
