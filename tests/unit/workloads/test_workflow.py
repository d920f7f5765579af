"""A run as Kubernetes objects, and what a preview says of it."""

import json
from dataclasses import replace
from typing import cast

from host.documents import mapping
from policies.judge import Judge
from policies.pack import RULES
from policies.resource import PolicyResource
from policies.rule import Level
from tests.unit.components.recorder import declared
from workloads import preview
from workloads.images import Images
from workloads.inference.args import ServingArgs
from workloads.inference.component import Serving
from workloads.inference.spec import programs
from workloads.pipeline.workflow import RunEnvironment, spec
from workloads.plan import Run, recipe_of
from workloads.spec import PROTECTION_SECRET, SIGNING_SECRET, Stores

IMAGES = Images(workloads="localhost/workloads@sha256:" + "1" * 64, environment="2" * 64)
PLACE = RunEnvironment(
    namespace="factory",
    claim="shared",
    stores=Stores(objects="objects", vault="vault", offsite="offsite", retention_days=1),
    tracking_uri="http://mlflow.factory.svc:5000",
)


def plan(recipe: str = "lab", images: Images = IMAGES, retention_days: int = 1) -> Run:
    return Run.plan(recipe_of(recipe, ""), images, retention_days)


def templates(run: Run) -> dict[str, dict[str, object]]:
    listed = cast("list[dict[str, object]]", spec(run, PLACE)["templates"])
    return {str(template["name"]): template for template in listed}


def test_every_stage_waits_for_its_inputs() -> None:
    run = plan()
    tasks = cast("dict[str, list[dict[str, object]]]", templates(run)["main"]["dag"])["tasks"]
    assert {str(task["name"]): task.get("dependencies", []) for task in tasks} == {
        stage.name: list(stage.stage.inputs) for stage in run.stages
    }


def test_a_stage_on_many_pods_is_a_job_set() -> None:
    run = plan()
    made = cast("dict[str, str]", templates(run)["train"]["resource"])["manifest"]
    job = json.loads(made)["spec"]["replicatedJobs"][0]["template"]["spec"]
    assert (job["parallelism"], job["completions"], job["backoffLimit"]) == (2, 2, 0)
    environment = {item["name"]: item["value"] for item in job["template"]["spec"]["containers"][0]["env"]}
    assert environment["MASTER_ADDR"] == f"train-{run.digest[:12]}-worker-0-0.train-{run.digest[:12]}"


def test_only_protect_reaches_the_vault_and_only_register_the_key() -> None:
    holders = {
        name: {stage for stage, template in templates(plan()).items() if f'"{name}"' in json.dumps(template)}
        for name in (PROTECTION_SECRET, SIGNING_SECRET)
    }
    assert holders == {PROTECTION_SECRET: {"protect"}, SIGNING_SECRET: {"register"}}


def test_both_recipes_keep_the_policies() -> None:
    for recipe in ("lab", "production"):
        workflow = PolicyResource(
            kind="kubernetes:argoproj.io/v1alpha1:Workflow",
            props={"kind": "Workflow", "metadata": {"namespace": "factory"}, "spec": spec(plan(recipe), PLACE)},
        )
        judged = Judge(tuple(RULES.values())).resource(workflow)
        assert [one.message for one in judged if one.level is Level.MANDATORY] == []


def test_the_same_run_has_the_same_name_whatever_the_layer_of_code() -> None:
    other = Images(workloads="localhost/workloads@sha256:" + "3" * 64, environment=IMAGES.environment)
    assert plan().name == plan(images=other).name
    assert plan().name != plan(retention_days=2).name


def test_a_preview_names_what_will_run() -> None:
    run = plan()
    keys = {stage.name: preview.manifest_path(stage.name, stage.key) for stage in run.stages}
    existing = {keys["ingest"], keys["clean"]}
    assert preview.to_run(run, existing.__contains__) == ("train", "evaluate", "register", "protect")
    assert preview.describe(run, existing.__contains__).endswith(
        "will run train, evaluate, register, protect; ingest, clean stand"
    )
    assert "nothing runs" in preview.describe(run, set(keys.values()).__contains__)


def serving() -> ServingArgs:
    return {
        "namespace": "factory",
        "image": IMAGES.workloads,
        "model": "4" * 64,
        "claim": "shared",
        "stores": PLACE.stores,
        "resources": plan().recipe.resources["serving"],
        "precision": "float32",
        "context": 128,
        "node_port": 30080,
    }


def test_a_model_server_is_hidden_behind_its_gateway() -> None:
    fetch, answering, gateway = programs(serving())
    assert "127.0.0.1" in answering.command
    assert answering.ports == {}
    assert gateway.ports == {"http": 8000}
    # Only the gateway reaches the vault, and it reaches nothing else; the model server reaches no store.
    secrets = [{mount.of for mount in one.mounts if mount.source == "secret"} for one in (fetch, answering, gateway)]
    assert secrets == [{"stores-serving"}, set(), {"stores-logs", "callers"}]


def test_two_gpus_were_asked_for_and_one_was_used() -> None:
    train = plan("production").recipe.train
    resources = replace(plan("production").recipe.resources["serving"], gpus=2)
    command = programs(
        {
            "namespace": "factory",
            "image": IMAGES.workloads,
            "model": "4" * 64,
            "claim": "shared",
            "stores": PLACE.stores,
            "resources": resources,
            "precision": train.precision,
            "context": train.context,
            "node_port": 30080,
        }
    )[1].command
    assert command[command.index("--tensor-parallel-size") + 1] == "2"
    # What is measured is what is served.
    assert command[command.index("--dtype") + 1] == "bfloat16"


def test_the_gateway_kept_the_accounts_that_had_been_rotated() -> None:
    """Its program reads them once, so the pod is made anew where they change."""

    def annotations(accounts: str) -> object:
        args: ServingArgs = {**serving(), "accounts": accounts}
        seen = declared(lambda: Serving("serving", args)).seen
        (made,) = (mapping(one.inputs["spec"]) for one in seen if one.kind == "kubernetes:apps/v1:Deployment")
        return mapping(mapping(made["template"])["metadata"]).get("annotations")

    assert annotations("one") == {"aifactory/accounts": "one"}
    assert annotations("") is None


def test_ingest_reads_the_mounted_bucket_and_other_folders_are_the_nodes() -> None:
    """A folder beside it that only begins with the same letters is not in it."""
    place = replace(PLACE, bucket_claim="datasets")
    for source, claim in (("/datasets/text", "datasets"), ("/datasets", "datasets"), ("/datasets-old", "")):
        run = Run.plan(recipe_of("lab", source), IMAGES, 1)
        (ingest,) = [
            one for one in cast("list[dict[str, object]]", spec(run, place)["templates"]) if one["name"] == "ingest"
        ]
        text = json.dumps(ingest["volumes"])
        assert ('"claimName": "datasets"' in text) == bool(claim)
        assert ("hostPath" in text) == (not claim)
