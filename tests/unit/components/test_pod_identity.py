"""PodIdentity: a role for one service account of one cluster, and no key; what IAM or EKS refuses is named."""

import json
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pod_identity.args import PodIdentityArgs
from components.pod_identity.component import PodIdentity
from components.pod_identity.spec import PodIdentitySpec, target_trust
from components.violations import SpecError, Violation
from tests.unit.components.engine_requests import Requests, requested

READ = json.dumps({"Version": "2012-10-17", "Statement": []})
TARGET = "arn:aws:iam::444455556666:role/vault-writer"
ARGS: PodIdentityArgs = {
    "cluster_name": "factory",
    "region": "us-east-1",
    "namespace": "factory",
    "service_account": "stages",
    "inline_policies": {"objects": READ},
}
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
Document = dict[str, list[dict[str, object]]]


def made(changed: Mapping[str, object] = {}) -> Requests:
    return requested(lambda: PodIdentity("stages", cast("PodIdentityArgs", {**ARGS, **changed})))


def trust(found: Requests) -> dict[str, object]:
    return cast("Document", json.loads(str(found.inputs("aws:iam/role:Role", "stages-role")["assumeRolePolicy"])))[
        "Statement"
    ][0]


def violation(changed: Mapping[str, object]) -> Violation:
    with pytest.raises(SpecError) as caught:
        PodIdentitySpec.parse(cast("PodIdentityArgs", {**ARGS, **changed}))
    assert caught.value.component == "PodIdentity"
    assert len(caught.value.violations) == 1, str(caught.value)
    return caught.value.violations[0]


def test_pods_have_credentials_without_a_key_in_the_cluster() -> None:
    """B5: nothing here is a Secret; the role is taken by EKS for the pods of one service account."""
    found = made()
    assert trust(found) == {
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {
                "aws:RequestTag/eks-cluster-name": "factory",
                "aws:RequestTag/kubernetes-namespace": "factory",
                "aws:RequestTag/kubernetes-service-account": "stages",
            }
        },
    }
    association = found.inputs(ASSOCIATION, "stages-association")
    assert association == {
        "clusterName": "factory",
        "namespace": "factory",
        "serviceAccount": "stages",
        "roleArn": "arn:aws:test:us-east-1:123456789012:stages-role",
    }
    assert "aws:iam/accessKey:AccessKey" not in found.recorded.kinds().values()


def test_a_pod_never_has_a_role_without_its_permissions() -> None:
    found = made({"managed_policies": ["service-role/AmazonEBSCSIDriverPolicy"], "region": "cn-north-1"})
    assert found.waits_for("stages-association") >= {"stages-objects", "stages-AmazonEBSCSIDriverPolicy"}
    attached = found.inputs("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "stages-AmazonEBSCSIDriverPolicy")
    assert attached["policyArn"] == "arn:aws-cn:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    written = found.inputs("aws:iam/rolePolicy:RolePolicy", "stages-objects")
    assert (written["name"], written["policy"]) == ("objects", READ)


def test_a_vault_of_another_account_is_reached_through_its_own_role() -> None:
    """A9 and B5: no profile and no key of the vault's account is in the cluster."""
    found = made({"inline_policies": {}, "target_role_arn": TARGET})
    assert found.inputs(ASSOCIATION, "stages-association")["targetRoleArn"] == TARGET
    allowed = cast(
        "Document", json.loads(str(found.inputs("aws:iam/rolePolicy:RolePolicy", "stages-assume-target")["policy"]))
    )
    assert allowed["Statement"] == [
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": TARGET}
    ]


def test_the_other_account_trusts_names_that_it_knows_beforehand() -> None:
    statement = cast(
        "Document", json.loads(target_trust("111122223333", "us-gov-west-1", "factory", "factory", "stages"))
    )["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws-us-gov:iam::111122223333:root"}
    assert statement["Condition"] == trust(made())["Condition"]


def test_a_session_policy_turns_the_tags_off_that_eks_would_refuse_it_with() -> None:
    """Rule 8; a role that asked for the tags then could never be taken."""
    found = made({"session_policy": READ})
    association = found.inputs(ASSOCIATION, "stages-association")
    assert (association["policy"], association["disableSessionTags"]) == (READ, True)
    assert "Condition" not in trust(found)


def test_the_first_pods_wait_for_what_they_are_told_to_wait_for() -> None:
    """`after` reaches the association, which a component's own `depends_on` does not."""

    def program() -> None:
        first = PodIdentity("first", ARGS)
        PodIdentity("second", {**ARGS, "after": first.ready})

    assert "first-association" in requested(program).waits_for("second-association")


@pytest.mark.parametrize(
    ("changed", "path", "value", "rule", "remedy"),
    [
        ({"namespace": "Factory"}, "namespace", "Factory", "1 to 63", "e.g. factory"),
        ({"namespace": ""}, "namespace", "", "1 to 63", "e.g. factory"),
        ({"service_account": "-stages"}, "service_account", "-stages", "1 to 253", "e.g. stages"),
        ({"inline_policies": {}}, "inline_policies", "", "may do nothing", "target_role_arn"),
        ({"inline_policies": {"a b": READ}}, "inline_policies[a b]", "a b", "128", "objects-read"),
        ({"inline_policies": {"one": "[]"}}, "inline_policies[one]", "[]", "JSON object", "Statement"),
        ({"session_policy": "none"}, "session_policy", "none", "JSON object", "Statement"),
        (
            {"inline_policies": {"assume-target": READ}},
            "inline_policies",
            "assume-target",
            "target_role_arn",
            "another",
        ),
        (
            {"managed_policies": ["arn:aws:iam::aws:policy/X"]},
            "managed_policies[0]",
            "arn:aws:iam::aws:policy/X",
            "by its name",
            "service-role/",
        ),
        ({"managed_policies": ["A", "A"]}, "managed_policies", "A,A", "attached once", "remove"),
        ({"managed_policies": list("ABCDEFGHIJK")}, "managed_policies", 11, "10 managed", "inline_policies"),
        (
            {"target_role_arn": "arn:aws-cn:iam::444455556666:role/x"},
            "target_role_arn",
            "arn:aws-cn:iam::444455556666:role/x",
            "partition",
            "arn:aws:iam::111122223333:role/",
        ),
    ],
)
def test_what_iam_or_eks_refuses_is_named(
    changed: dict[str, object], path: str, value: object, rule: str, remedy: str
) -> None:
    one = violation(changed)
    assert (one.path, one.value) == (path, value)
    assert rule in one.rule
    assert remedy in one.remedy


@given(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True))
def test_every_label_is_a_namespace_and_a_service_account(label: str) -> None:
    spec = PodIdentitySpec.parse({**ARGS, "namespace": label, "service_account": label})
    assert (spec.namespace, spec.service_account) == (label, label)
