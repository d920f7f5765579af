"""What every example of stacks/config declares keeps every rule: layers run as in a preview, and each resource is judged."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.gpu_pool.spec import POOL_LABEL
from policies import accelerators
from policies.judge import Judge
from policies.pack import RULES
from policies.resource import UNKNOWN, PolicyResource, Stack, mapping
from policies.rule import Level
from policies.wire import plain
from stacks.configuration import of_stack
from stacks.layers import platform, vault, workloads
from stacks.names import LAYERS, PROJECT
from stacks.settings import StackName
from tests.local_moto import local_moto
from tests.unit.components.recorder import Recorded, Recorder, declared
from workloads.access import callers

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:1"
AT_AWS = ("aws", "inference", "sovereign")
"""Examples whose Kubernetes is EKS's own."""
DEPLOY = {"vault": vault.deploy, "platform": platform.deploy, "workloads": workloads.deploy}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with local_moto() as endpoint:
        yield endpoint


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's configuration, and the files that the layer workloads reads."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # No call of a test may reach AWS.
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    shutil.copytree(ROOT / "stacks" / "config", tmp_path / "stacks" / "config")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "kubeconfig").write_text("{}")
    (tmp_path / "lock.json").write_text(
        json.dumps({"workloads": f"registry.example.org/workloads@sha256:{'1' * 64}", "environment": "2" * 64})
    )
    for secret in ("stores-objects", "stores-protection"):
        (tmp_path / secret).mkdir()
        for name in ("credentials", "config"):
            (tmp_path / secret / name).write_text(f"[{secret}]\n")
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "callers.json").write_text(callers.document({"team": callers.entry(callers.new_key())}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add(project: Path, stack: StackName, values: Mapping[str, str]) -> None:
    """What a command adds to an example, where the example does not say it."""
    path = project / "stacks" / "config" / f"Pulumi.{stack}.yaml"
    document = cast("dict[str, dict[str, str]]", yaml.safe_load(path.read_text())) if path.is_file() else {}
    added = {f"{PROJECT}:{key}": value for key, value in values.items()}
    path.write_text(yaml.safe_dump({**document, "config": {**document.get("config", {}), **added}}))


def resources(stack: StackName) -> Recorder:
    set_all_config = cast("object", pulumi.runtime.set_all_config)
    assert callable(set_all_config)
    set_all_config({f"{PROJECT}:{key}": value for key, value in of_stack(stack).values.items()})
    return declared(lambda: DEPLOY[stack.layer](stack), Recorder(), preview=True)


def judged(recorder: Recorder, stack: str) -> list[PolicyResource]:
    """What was declared, as rules see it. Children are named after their component, so that the name says which one it is."""
    components = {one.name: one.kind for one in recorder.seen if one.kind.startswith("aifactory:")}
    return [
        PolicyResource(
            kind=one.kind,
            props=mapping(plain(without_outputs(one.inputs))),
            urn=f"urn:pulumi:{stack}::aifactory::{'$'.join([*holders(one, components), one.kind])}::{one.name}",
            # A mock is not told of options.
            protected=True,
        )
        for one in recorder.seen
    ]


def holders(one: Recorded, components: Mapping[str, str]) -> list[str]:
    return [kind for name, kind in components.items() if one.name.startswith(f"{name}-")]


def without_outputs(value: object) -> object:
    """Inputs with `UNKNOWN` for what a preview does not know."""
    if isinstance(value, dict):
        return {key: without_outputs(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [without_outputs(item) for item in cast("list[object]", value)]
    return UNKNOWN if isinstance(value, pulumi.output.Unknown) else value


def said(resources: list[PolicyResource], level: Level) -> list[str]:
    """What rules of a level say of resources, each with the rule's name and the resource's."""
    judge = Judge(tuple(RULES.values()))
    each = [(resource.name, outcome) for resource in resources for outcome in judge.resource(resource)]
    whole = [(outcome.urn, outcome) for outcome in judge.stack(Stack(tuple(resources)))]
    return [
        f"{outcome.rule.id}: {name}: {outcome.message}" for name, outcome in (*each, *whole) if outcome.level is level
    ]


def complete(project: Path, env: str, recipe: str, moto: str) -> None:
    on_eks = env in AT_AWS
    # EC2 is asked for zones; moto knows the regions of AWS's public cloud.
    region = {"awsEndpoint": NOWHERE if env == "sovereign" else moto, "awsProfile": ""} if env != "onprem" else {}
    existing = {} if on_eks else {"kubeconfig": str(project / "kubeconfig"), "objectsEndpoint": NOWHERE}
    lock = {"imagesLock": str(project / "lock.json")}
    if not on_eks:
        add(project, StackName(env, "vault"), {"vaultEndpoint": NOWHERE, "offsiteEndpoint": NOWHERE})
    add(project, StackName(env, "platform"), {**existing, **region, **lock})
    read = {
        "recipe": recipe,
        **lock,
        "storesFolder": "" if env in ("aws", "inference") else str(project),
        "signingKeyFile": str(project / "key.pem"),
        "callersFile": str(project / "callers.json"),
        "kubeconfig": str(project / "kubeconfig"),
        "model": "4" * 64,
    }
    add(project, StackName(env, "workloads"), read)


@pytest.mark.parametrize(
    ("env", "recipe"),
    [
        *(("aws", "production"), ("aws", "lab"), ("inference", "lab"), ("sovereign", "lab")),
        *(("onprem", "production"), ("onprem", "lab"), ("lab", "production"), ("lab", "lab")),
    ],
)
def test_every_shipped_example_keeps_every_rule(env: str, recipe: str, project: Path, moto: str) -> None:
    complete(project, env, recipe, moto)
    if (env, recipe) == ("lab", "production"):
        # Two nodes are the lab's: the recipe that trains on four is refused there.
        add(project, StackName(env, "platform"), {"gpuNodes": "5"})
    for layer in LAYERS:
        seen = judged(resources(StackName(env, layer)), f"{env}.{layer}")
        assert seen
        assert said(seen, Level.MANDATORY) == []


def test_a_pool_by_karpenter_keeps_every_rule(project: Path, moto: str) -> None:
    """Its controller's role and queue among them."""
    complete(project, "inference", "lab", moto)
    stack = StackName("inference", "platform")
    section = json.dumps({"max_nodes": 4, "capacity": {"kind": "on-demand"}})
    changed = {"gpuNodes": "0", "gpuPool": "", "karpenterPool": section, "controllers": '{"names": ["karpenter"]}'}
    add(project, stack, changed)
    seen = judged(resources(stack), str(stack))
    assert {"aws:sqs/queue:Queue", "kubernetes:karpenter.sh/v1:NodePool"} <= {one.kind for one in seen}
    assert said(seen, Level.MANDATORY) == []


def test_the_example_on_premises_asks_for_gpus_and_is_let_through(project: Path, moto: str) -> None:
    """By labels of its own nodes, which are no pool that is made here."""
    complete(project, "onprem", "production", moto)
    seen = resources(StackName("onprem", "workloads")).seen
    rendered = json.dumps([one.inputs for one in seen if one.kind.startswith("kubernetes:")])
    assert "nvidia.com/gpu.present" in rendered
    assert POOL_LABEL not in rendered


def test_the_rules_know_the_label_of_a_pool() -> None:
    """Policies import nothing of the project, so the name stands twice."""
    assert accelerators.POOL == POOL_LABEL
