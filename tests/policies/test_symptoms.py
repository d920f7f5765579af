"""What the rules let through, or refused, before: each test is named after what a user saw."""

import json

import pytest
import yaml

from policies.pack import RULES
from policies.resource import PolicyResource, Values
from policies.rule import ResourceRule
from policies.rules.data import bucket_closed
from policies.rules.workload import gpu_limits, hidden_pods, image_digest, plain_secret
from tests.policies.judged import findings, violations

DIGEST = "localhost/image@sha256:" + "0" * 64
BUCKET = "aifactory:object_store:Bucket"
WORKFLOW = "kubernetes:argoproj.io/v1alpha1:Workflow"


def pod(container: Values, **spec: object) -> PolicyResource:
    containers = [{"name": "main", "image": DIGEST, **container}]
    return PolicyResource(kind="kubernetes:core/v1:Pod", props={"spec": {"containers": containers, **spec}})


def workflow(*templates: Values, kind: str = WORKFLOW, **spec: object) -> PolicyResource:
    return PolicyResource(kind=kind, props={"spec": {**spec, "templates": list(templates)}})


def opened(**statement: object) -> list[str]:
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", **statement}}
    return list(violations(bucket_closed.RULE, PolicyResource(kind=BUCKET, props={"policy": json.dumps(policy)})))


@pytest.mark.parametrize(
    "selector", [{"nvidia.com/gpu.present": "true"}, {"aifactory/pool": "gpu"}, {"cloud.example.org/gpus": "h100"}]
)
def test_the_on_premises_example_was_refused_by_the_gpu_rule(selector: dict[str, str]) -> None:
    whole: Values = {"resources": {"limits": {"nvidia.com/gpu": "1", "cpu": "1", "memory": "1Gi"}}}
    assert list(violations(gpu_limits.RULE, pod(whole, nodeSelector=selector))) == []
    assert list(violations(gpu_limits.RULE, pod(whole, nodeSelector={"kubernetes.io/arch": "amd64"})))


def test_a_pool_selected_by_affinity_was_refused() -> None:
    whole: Values = {"resources": {"limits": {"nvidia.com/gpu": "1", "cpu": "1", "memory": "1Gi"}}}

    def affinity(*keys: str) -> dict[str, object]:
        terms = [{"matchExpressions": [{"key": key, "operator": "In", "values": ["x"]}]} for key in keys]
        return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}

    assert list(violations(gpu_limits.RULE, pod(whole, affinity=affinity("aifactory/pool")))) == []
    assert list(violations(gpu_limits.RULE, pod(whole, affinity=affinity("aifactory/pool", "kubernetes.io/os"))))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGPASSWORD", "hunter2"),
        ("MYSQL_PWD", "hunter2"),
        ("REDIS_AUTH", "hunter2"),
        ("DATABASE_URL", "postgres://user:hunter2@db/app"),
        ("ANYTHING", "https://user:hunter2@example.org/"),
        ("ANYTHING", "glpat-hunter2hunter2hunter2"),
        ("db.password", "hunter2"),
    ],
)
def test_a_secret_in_the_environment_was_missed(name: str, value: str) -> None:
    found = list(violations(plain_secret.RULE, pod({"env": [{"name": name, "value": value}]})))
    assert len(found) == 1
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_LIMIT", "4096"),
        ("MAX_TOKENS", "128"),
        ("TOKEN_TTL", "3600"),
        ("PWD", "/app"),
        ("DISABLE_TOKEN", "true"),
        ("DB_PASSWORD", "$(FROM_SECRET)"),
        ("DATABASE_URL", "postgres://user:$(PASSWORD)@db/app"),
        ("DATABASE_URL", "postgres://db/app"),
        ("AUTH_MODE", "oidc"),
        ("HF_TOKEN_PATH", "/run/token"),
    ],
)
def test_a_setting_about_secrets_was_taken_for_one(name: str, value: str) -> None:
    assert list(violations(plain_secret.RULE, pod({"env": [{"name": name, "value": value}]}))) == []


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--api-key=hunter2hunter2"],
        ["serve", "--api-key", "hunter2hunter2"],
        ["sh", "-c", "PGPASSWORD=hunter2 psql"],
        ["sh", "-c", "curl https://u:hunter2@example.org/x"],
        ["mc", "AKIAHUNTER2HUNTER2AB"],
    ],
)
@pytest.mark.parametrize("part", ["command", "args"])
def test_a_secret_in_the_arguments_was_missed(words: list[str], part: str) -> None:
    found = list(violations(plain_secret.RULE, pod({part: words})))
    assert len(found) == 1
    assert "hunter2" not in found[0].lower()


def test_plain_arguments_are_let_through() -> None:
    words = [
        "python3",
        "-m",
        "workloads",
        "--model",
        "/model",
        "--max-tokens",
        "12",
        "--token-file",
        "/run/t",
        "--port=80",
    ]
    assert list(violations(plain_secret.RULE, pod({"command": words, "args": words}))) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:Referer": "https://example.org"}},
        {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}},
        {"Null": {"aws:SourceVpce": "false"}},
        {},
    ],
)
def test_any_condition_excused_a_public_bucket(condition: dict[str, object]) -> None:
    assert opened(Condition=condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}, "Bool": {"aws:SecureTransport": "true"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::objects"}},
    ],
)
def test_a_condition_that_names_who_may_is_let_through(condition: dict[str, object]) -> None:
    assert opened(Condition=condition) == []


@pytest.mark.parametrize("principal", [{"AWS": "*"}, {"AWS": ["*"]}, {"CanonicalUser": "*"}])
def test_everyone_by_another_name_was_missed(principal: object) -> None:
    assert opened(Principal=principal)


def test_everyone_but_somebody_was_missed() -> None:
    assert opened(Principal=None, NotPrincipal={"AWS": "123456789012"})


def test_a_patch_of_the_pod_was_unseen() -> None:
    patch = yaml.safe_dump({"containers": [{"name": "main", "image": "image:latest"}]})
    step: Values = {"name": "a", "container": {"image": DIGEST}}
    assert list(violations(image_digest.RULE, workflow(step))) == []
    for found in (
        workflow(step, podSpecPatch=patch),
        workflow({**step, "podSpecPatch": json.dumps(yaml.safe_load(patch))}),
    ):
        assert "latest" in next(violations(image_digest.RULE, found))


def test_defaults_of_templates_were_unseen() -> None:
    defaults = {"container": {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}}
    found = workflow({"name": "a", "container": {"image": DIGEST}}, templateDefaults=defaults)
    assert list(violations(plain_secret.RULE, found))
    sidecars = workflow(
        {"name": "a", "container": {"image": DIGEST}},
        templateDefaults={"sidecars": [{"name": "s", "image": "image:latest"}]},
    )
    assert "latest" in next(violations(image_digest.RULE, sidecars))


def test_a_template_from_elsewhere_was_unseen() -> None:
    steps = {"name": "a", "steps": [[{"name": "s", "templateRef": {"name": "other", "template": "t"}}]]}
    tasks = {"name": "b", "dag": {"tasks": [{"name": "t", "templateRef": {"name": "other", "template": "t"}}]}}
    found = list(violations(hidden_pods.RULE, workflow(steps, tasks, workflowTemplateRef={"name": "other"})))
    assert [line.partition(" ")[0] for line in found] == [
        "spec.workflowTemplateRef",
        "spec.templates[a].steps[s].templateRef",
        "spec.templates[b].dag.tasks[t].templateRef",
    ]
    patched = workflow({"name": "a", "podSpecPatch": '{"containers": {{inputs.parameters.all}}}'})
    assert list(violations(hidden_pods.RULE, patched))
    assert list(violations(hidden_pods.RULE, workflow({"name": "a", "container": {"image": DIGEST}}))) == []


def test_a_template_inside_a_step_was_unseen() -> None:
    inline = {"container": {"image": "image:latest"}}
    assert "latest" in next(
        violations(image_digest.RULE, workflow({"name": "a", "steps": [[{"name": "s", "inline": inline}]]}))
    )


def test_a_second_document_of_a_manifest_was_unseen() -> None:
    made = [
        {"kind": "ConfigMap", "metadata": {"name": "x"}},
        {"kind": "Pod", "spec": {"containers": [{"name": "main", "image": "image:latest"}]}},
    ]
    template = {"name": "a", "resource": {"manifest": yaml.safe_dump_all(made)}}
    assert "latest" in next(violations(image_digest.RULE, workflow(template)))


@pytest.mark.parametrize("kind", ["WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"])
def test_templates_of_every_kind_are_seen(kind: str) -> None:
    step: Values = {"name": "a", "container": {"image": "image:latest"}}
    spec: dict[str, object] = {"templates": [step]}
    props = {"spec": {"workflowSpec": spec} if kind == "CronWorkflow" else spec}
    found = PolicyResource(kind=f"kubernetes:argoproj.io/v1alpha1:{kind}", props=props)
    assert "latest" in next(violations(image_digest.RULE, found))


# Values that the engine hands over where something is unknown or of another type.
DAMAGED: tuple[object, ...] = (
    None,
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    1,
    [],
    {},
    [None],
    ["x"],
    {"spec": None},
    [{"name": 1}],
)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if isinstance(rule, ResourceRule)])
@pytest.mark.parametrize("value", DAMAGED)
def test_no_rule_crashes_on_a_value_it_does_not_expect(name: str, value: object) -> None:
    rule = RULES[name]
    assert isinstance(rule, ResourceRule)
    for kind in ("kubernetes:core/v1:Pod", WORKFLOW, "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet", BUCKET):
        inside: dict[str, object] = {"templates": value, "containers": value, "replicatedJobs": value}
        for props in ({"spec": value}, {"policy": value}, {"spec": inside}):
            findings(rule, PolicyResource(kind=kind, props=props))
