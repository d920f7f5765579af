"""Pods are found wherever they hide, and what cannot be seen is named."""

import json
from collections.abc import Mapping

import pytest
import yaml
from google.protobuf import struct_pb2
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE

from policies.pack import RULES
from policies.resource import PolicyResource
from policies.rule import ResourceRule
from policies.rules.workload import gpu_limits, hidden_pods, image_digest, plain_secret
from policies.wire import unpacked
from tests.policies.judged import findings, violations
from tests.policies.test_rules import DIGEST, WORKFLOW

TAGGED = {"name": "main", "image": "image:latest"}
POD = {"containers": [TAGGED]}
JOB_SET = {
    "apiVersion": "jobset.x-k8s.io/v1alpha2",
    "kind": "JobSet",
    "spec": {"replicatedJobs": [{"name": "w", "template": {"spec": {"template": {"spec": POD}}}}]},
}


def workflow(spec: Mapping[str, object], kind: str = WORKFLOW) -> PolicyResource:
    return PolicyResource(kind=kind, props={"spec": spec})


def images(resource: PolicyResource) -> list[str]:
    return [output.partition(".image is")[0] for output in violations(image_digest.RULE, resource)]


@pytest.mark.parametrize("kind", ["WorkflowTemplate", "ClusterWorkflowTemplate", "Workflow"])
def test_templates_of_every_kind_are_judged(kind: str) -> None:
    spec = {"templates": [{"name": "a", "container": TAGGED}]}
    assert images(workflow(spec, f"kubernetes:argoproj.io/v1alpha1:{kind}")) == ["spec.templates[a].containers[main]"]


def test_a_cron_workflow_is_judged() -> None:
    spec = {"workflowSpec": {"templates": [{"name": "a", "script": TAGGED}]}}
    found = images(workflow(spec, "kubernetes:argoproj.io/v1alpha1:CronWorkflow"))
    assert found == ["spec.workflowSpec.templates[a].containers[main]"]


@pytest.mark.parametrize("part", ["initContainers", "sidecars"])
def test_helpers_of_a_template_are_judged(part: str) -> None:
    spec = {"templates": [{"name": "a", "container": {"image": DIGEST}, part: [{"name": "x", "image": "b:1"}]}]}
    assert images(workflow(spec)) == [f"spec.templates[a].{part}[x]"]


def test_ephemeral_containers_are_judged() -> None:
    pod = {"containers": [{"name": "a", "image": DIGEST}], "ephemeralContainers": [{"name": "x", "image": "b:1"}]}
    assert images(PolicyResource(kind="kubernetes:core/v1:Pod", props={"spec": pod})) == ["spec.ephemeralContainers[x]"]


@pytest.mark.parametrize("place", ["workflow", "template", "templateDefaults"])
@pytest.mark.parametrize("written", [json.dumps, yaml.safe_dump])
def test_a_pod_spec_patch_is_seen(place: str, written: type) -> None:
    patch = written({"containers": [{"name": "main", "image": "b:1", "env": [{"name": "PGPASSWORD", "value": "x1"}]}]})
    template: dict[str, object] = {"name": "a", "container": {"image": DIGEST}}
    spec: dict[str, object] = {"templates": [template]}
    if place == "workflow":
        spec["podSpecPatch"] = patch
    elif place == "template":
        template["podSpecPatch"] = patch
    else:
        spec["templateDefaults"] = {"podSpecPatch": patch}
    assert images(workflow(spec)) == ["spec.templates[a].containers[main]"]
    assert len(list(violations(plain_secret.RULE, workflow(spec)))) == 1


def test_a_patch_that_puts_a_digest_is_seen_too() -> None:
    """What runs is what is judged, not what is written first; a patch of Argo's own container names no image."""
    patch = json.dumps({"containers": [{"name": "main", "image": DIGEST}, {"name": "wait", "resources": {}}]})
    spec = {"podSpecPatch": patch, "templates": [{"name": "a", "container": TAGGED}]}
    assert images(workflow(spec)) == []


def test_template_defaults_are_seen() -> None:
    gpus = {"resources": {"limits": {"nvidia.com/gpu": 1}}}
    spec = {"templateDefaults": {"container": gpus}, "templates": [{"name": "a", "container": {"image": DIGEST}}]}
    output = list(violations(gpu_limits.RULE, workflow(spec)))
    assert [one.partition(" ")[0] for one in output] == [
        "spec.templates[a].containers[main].resources.limits.cpu",
        "spec.templates[a].containers[main].resources.limits.memory",
        "spec.templates[a].nodeSelector",
    ]
    # A selector of the workflow is that of its pods.
    placed = {**spec, "nodeSelector": {"aifactory/pool": "gpu"}}
    assert len(list(violations(gpu_limits.RULE, workflow(placed)))) == 2


def test_templates_inside_of_steps_and_tasks_are_seen() -> None:
    inline = {"inline": {"container": TAGGED}}
    spec = {
        "templates": [
            {"name": "a", "steps": [[{"name": "s", **inline}]]},
            {"name": "b", "dag": {"tasks": [{"name": "t", **inline}]}},
        ]
    }
    assert images(workflow(spec)) == [
        "spec.templates[a].steps[s].inline.containers[main]",
        "spec.templates[b].dag.tasks[t].inline.containers[main]",
    ]


def test_a_job_set_in_a_manifest_of_several_documents_is_judged() -> None:
    config = {"kind": "ConfigMap", "data": {"a": "b"}}
    manifest = yaml.safe_dump_all([config, JOB_SET])
    spec = {"templates": [{"name": "a", "resource": {"manifest": manifest}}]}
    inside = "spec.replicatedJobs[w].template.spec.template.spec.containers[main]"
    assert images(workflow(spec)) == [f"spec.templates[a].resource.manifest.{inside}"]


def test_a_workflow_in_a_manifest_is_judged() -> None:
    inner = {"kind": "Workflow", "spec": {"templates": [{"name": "b", "container": TAGGED}]}}
    spec = {"templates": [{"name": "a", "resource": {"manifest": json.dumps(inner)}}]}
    assert images(workflow(spec)) == ["spec.templates[a].resource.manifest.spec.templates[b].containers[main]"]


@pytest.mark.parametrize(
    ("kind", "spec", "at"),
    [
        (
            "ray.io/v1:RayCluster",
            {"workerGroupSpecs": [{"template": {"spec": POD}}]},
            "spec.workerGroupSpecs[0].template.spec",
        ),
        ("kubeflow.org/v1:PyTorchJob", {"pytorchReplicaSpecs": {"Worker": {"template": {"spec": POD}}}}, ""),
        (
            "batch/v1:CronJob",
            {"jobTemplate": {"spec": {"template": {"spec": POD}}}},
            "spec.jobTemplate.spec.template.spec",
        ),
        ("jobset.x-k8s.io/v1alpha2:JobSet", JOB_SET["spec"], "spec.replicatedJobs[w].template.spec.template.spec"),
    ],
)
def test_pods_of_other_projects_kinds_are_judged(kind: str, spec: Mapping[str, object], at: str) -> None:
    (found,) = images(PolicyResource(kind=f"kubernetes:{kind}", props={"spec": spec}))
    assert found.startswith(at)


UNSEEN: list[tuple[dict[str, object], str]] = [
    ({"workflowTemplateRef": {"name": "x"}}, "spec.workflowTemplateRef"),
    ({"workflowTemplateRef": {"name": "x"}, "podSpecPatch": "{{x}}"}, "spec.podSpecPatch"),
    (
        {"templates": [{"name": "a", "steps": [[{"name": "s", "templateRef": {}}]]}]},
        "spec.templates[a].steps[s].templateRef",
    ),
    (
        {"templates": [{"name": "a", "dag": {"tasks": [{"name": "t", "templateRef": {}}]}}]},
        "templates[a].dag.tasks[t]",
    ),
    (
        {"templates": [{"name": "a", "container": {}, "podSpecPatch": "{{inputs.parameters.x}}"}]},
        "[a].podSpecPatch",
    ),
    ({"templates": [{"name": "a", "resource": {"manifestFrom": {}}}]}, "spec.templates[a].resource.manifestFrom"),
    ({"templates": [{"name": "a", "resource": {"manifest": "{{=x}}: ["}}]}, "spec.templates[a].resource.manifest"),
    ({"templates": [{"name": "a", "container": {}}], "hooks": {"exit": {"templateRef": {}}}}, "spec.hooks.exit"),
    (
        {"templates": [{"name": "a", "container": {"env": [{"name": "DB_PASSWORD", "value": "{{inputs.x}}"}]}}]},
        "spec.templates[a].containers[main].env[DB_PASSWORD]",
    ),
]


@pytest.mark.parametrize(("spec", "place"), UNSEEN)
def test_what_cannot_be_judged_is_named(spec: Mapping[str, object], place: str) -> None:
    output = list(violations(hidden_pods.RULE, workflow(spec)))
    assert any(place in one and "not judged" in one for one in output)
    for rule in RULES.values():
        if isinstance(rule, ResourceRule):
            findings(rule, workflow(spec))


def test_a_release_of_helm_is_named() -> None:
    assert len(list(violations(hidden_pods.RULE, PolicyResource(kind=hidden_pods.RELEASE, props={})))) == 1


UNKNOWNS = {
    "spec": {
        "template": {
            "spec": {
                "nodeSelector": UNKNOWN_OBJECT_VALUE,
                "containers": [
                    {"name": "a", "image": UNKNOWN_STRING_VALUE, "resources": {"limits": {"nvidia.com/gpu": 1}}},
                    {"name": "b", "image": "b:1", "env": UNKNOWN_OBJECT_VALUE, "args": [UNKNOWN_STRING_VALUE]},
                ],
            }
        }
    },
}


def test_a_value_that_is_unknown_keeps_no_rule_from_the_others() -> None:
    struct = struct_pb2.Struct()
    struct.update(UNKNOWNS)
    props = unpacked(struct)
    resource = PolicyResource(kind="kubernetes:apps/v1:Deployment", props=props)
    assert images(resource) == ["spec.template.spec.containers[b]"]
    assert [one.partition(" ")[0].rpartition(".")[2] for one in violations(gpu_limits.RULE, resource)] == [
        "cpu",
        "memory",
    ]
