"""What the kubernetes plugin makes of a declaration before any cluster is asked, and of a live object beside it."""

import pytest

from host.documents import Values, mapping
from lab.plugins.kubernetes import live
from lab.plugins.kubernetes.provider import KubernetesPlugin
from lab.plugins.kubernetes.readiness import TIMEOUT
from pulumi_plugin.server import Resource
from pulumi_plugin.values import UNKNOWN

SETTINGS: Values = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}}


def checked(kind: str, inputs: Values, old: Values | None = None) -> tuple[Values, str]:
    resource = Resource.of(f"urn:pulumi:dev::project::kubernetes:core/v1:{kind}::it")
    found = KubernetesPlugin().check(resource, old or {}, inputs, b"1234567")
    return found.inputs, " ".join(found.failures.values())


def test_an_object_without_a_name_gets_one_and_keeps_it() -> None:
    unnamed: Values = {**SETTINGS, "metadata": {}}
    first, said = checked("ConfigMap", unnamed)
    assert (mapping(first["metadata"])["name"], said) == ("it-31323334", "")
    assert checked("ConfigMap", unnamed, {"metadata": {"name": "before"}})[0]["metadata"] == {"name": "before"}


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        ("ConfigMapPatch", SETTINGS, "ConfigMapPatch is not served"),
        ("ConfigMapList", {**SETTINGS, "kind": "ConfigMapList"}, "ConfigMapList is not served"),
        ("ConfigMap", {"metadata": {"name": "it"}}, "has no apiVersion and kind"),
        ("ConfigMap", {**SETTINGS, "metadata": {"generateName": "it-"}}, "generateName = it-: "),
        ("ConfigMap", {**SETTINGS, "metadata": {"annotations": {TIMEOUT: "soon"}}}, f"{TIMEOUT} = 'soon': "),
    ],
)
def test_what_cannot_be_served_is_said_of_its_declaration(kind: str, inputs: Values, words: str) -> None:
    assert words in checked(kind, inputs)[1]


def test_what_only_the_deployment_will_know_is_no_fault() -> None:
    later: Values = {**SETTINGS, "metadata": {"name": "it", "annotations": {TIMEOUT: UNKNOWN}}}
    assert checked("ConfigMap", later)[1] == ""


def test_a_quantity_in_other_words_is_the_same() -> None:
    declared: Values = {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "emptyDir": {"sizeLimit": "0.5Gi"}}
    found: Values = {"limits": {"cpu": "1", "memory": "1Gi"}, "emptyDir": {"sizeLimit": "512Mi"}}
    assert live.like(declared, found) == declared
    assert live.like(declared, {**found, "limits": {"cpu": "2", "memory": "1Gi"}}) != declared
    # Elsewhere they are words.
    assert live.like({"labels": {"size": "1000m"}}, {"labels": {"size": "1"}}) == {"labels": {"size": "1"}}


def test_what_the_server_leaves_out_or_adds_is_no_drift() -> None:
    declared: Values = {"env": [{"name": "EMPTY", "value": ""}], "tolerations": [{"key": "gpu"}], "readOnly": False}
    found: Values = {"env": [{"name": "EMPTY"}], "tolerations": [{"key": "gpu"}, {"key": "not-ready"}], "uid": "1"}
    assert live.like(declared, found) == declared


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ({"data": {"a": "1"}}, {"data": {"a": "2"}}),
        ({"data": {"a": "1"}}, {"data": {}}),
        ({"command": ["run"]}, {"command": ["run", "--fast"]}),
        ({"containers": [{"name": "a", "image": "1"}]}, {"containers": [{"name": "a", "image": "2"}]}),
        ({"readOnly": True}, {}),
    ],
)
def test_what_says_something_else_is_drift(declared: Values, found: Values) -> None:
    assert live.like(declared, found) != declared
