"""What of the things beside declared resources is somebody's hand, and what a controller's."""

from collections.abc import Iterator

import pytest

from cli.drift.aws import live_rules
from cli.drift.beside import Beside
from cli.drift.findings import Difference
from cli.drift.judges import expiries, quantity
from cli.drift.kubernetes import BINDING, CLUSTER_BINDING, POLICY, is_foreign, opened, reaches
from cli.drift.refresh import Deployed
from components.errors import FactoryError
from components.preflight.questions import NoAnswer, Why
from host.documents import Values

NOTHING = frozenset[tuple[str, str]]()


def binding(**more: object) -> Values:
    return {"metadata": {"name": "it", "namespace": "factory", **more}}


def test_a_binding_that_a_layer_declares_is_nobodys_hand() -> None:
    assert is_foreign(binding(), BINDING, NOTHING)
    assert not is_foreign(binding(), BINDING, {(BINDING, "factory/it")})
    assert is_foreign(binding(), BINDING, {(CLUSTER_BINDING, "factory/it"), (BINDING, "other/it")})


def test_what_a_controller_or_kubernetes_makes_is_nobodys_hand() -> None:
    assert not is_foreign(binding(ownerReferences=[{"kind": "Workflow"}]), BINDING, NOTHING)
    assert not is_foreign(binding(labels={"kubernetes.io/bootstrapping": "rbac-defaults"}), BINDING, NOTHING)


def test_a_network_policy_that_only_refuses_opens_nothing() -> None:
    closed: Values = {**binding(), "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
    assert not is_foreign(closed, POLICY, NOTHING)
    assert is_foreign({**closed, "spec": {"egress": [{}]}}, POLICY, NOTHING)


def test_what_is_opened_where_nothing_is_declared_is_told() -> None:
    """The provider compares declared fields alone."""

    def told(kind: str, declared: Values, live: Values) -> list[str]:
        one = Deployed(type=kind, name="it", id="factory/it", provider="", urn="", inputs=declared, outputs={})
        return [found.path for found in opened("lab.platform", one, live)]

    closed: Values = {"spec": {"podSelector": {}}}
    assert told(POLICY, closed, {"spec": {"podSelector": {}, "ingress": [{}]}, "metadata": {"uid": "1"}}) == [
        "spec.ingress"
    ]
    assert told(POLICY, closed, closed) == []
    pods: Values = {"spec": {"template": {"spec": {"containers": [{"name": "main"}]}}}}
    privileged = {"name": "main", "securityContext": {"privileged": True}, "terminationMessagePath": "/dev/log"}
    live: Values = {"spec": {"replicas": 1, "template": {"spec": {"hostNetwork": True, "containers": [privileged]}}}}
    assert told("kubernetes:apps/v1:Deployment", pods, live) == [
        "spec.template.spec.containers[0].securityContext.privileged",
        "spec.template.spec.hostNetwork",
    ]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({"kind": "ServiceAccount", "name": "a", "namespace": "factory"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:factory"}, True),
        ({"kind": "Group", "name": "system:authenticated"}, True),
        ({"kind": "User", "name": "system:anonymous"}, True),
        ({"kind": "ServiceAccount", "name": "a", "namespace": "kube-system"}, False),
        ({"kind": "User", "name": "admin"}, False),
    ],
)
def test_a_binding_of_the_cluster_is_told_where_it_reaches_our_accounts(subject: Values, expected: bool) -> None:
    assert reaches({"subjects": [subject]}, ["factory"]) is expected
    assert not reaches({}, ["factory"])


def test_rules_that_a_controller_adds_to_a_group_are_left_out() -> None:
    by_hand = {"CidrIp": "0.0.0.0/0"}
    controller = {"CidrIp": "10.0.0.0/8", "Description": "elbv2.k8s.aws/targetGroupBinding=shared"}
    found = live_rules(
        {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "IpRanges": [by_hand, controller],  # pyright: ignore[reportArgumentType]
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            "UserIdGroupPairs": [{"GroupId": "sg-1"}],
        }
    )
    assert list(found) == ["tcp 22-22 0.0.0.0/0", "tcp 22-22 ::/0", "tcp 22-22 sg-1"]


def test_a_lifecycle_is_read_in_the_words_of_s3_and_of_pulumi() -> None:
    of_s3: Values = {
        "ID": "old",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    }
    of_pulumi: Values = {
        "id": "old",
        "status": "Enabled",
        "noncurrentVersionExpiration": {"noncurrentDays": 30},
        "expiration": {"expiredObjectDeleteMarker": True},
    }
    assert list(expiries([of_s3])) == list(expiries([of_pulumi])) == ["old: noncurrent versions after 30 days"]
    assert list(expiries([{**of_s3, "Status": "Disabled"}])) == []


@pytest.mark.parametrize(
    ("less", "same", "more"), [("100m", "0.1", "1"), ("1023Mi", "1Gi", "1.1Gi"), ("1e3", "1k", 1001)]
)
def test_quantities_are_compared_by_what_they_mean(less: object, same: object, more: object) -> None:
    read = [quantity(one) for one in (less, same, more)]
    assert all(one is not None for one in read)
    assert read == sorted(read, key=lambda one: one or 0)
    assert read[0] != read[2]
    assert quantity("many") is None
    assert quantity(True) is None


@pytest.mark.parametrize("error", [FactoryError("no\nway"), NoAnswer(Why.DENIED, "s3:GetBucketPolicy", "AccessDenied")])
def test_what_is_not_answered_is_noted_and_is_no_finding(error: Exception) -> None:
    beside = Beside()

    def refuse() -> Iterator[Difference]:
        yield from ()
        raise error

    beside.ask("bucket it", refuse)
    assert beside.differences == []
    assert len(beside.unanswered) == 1
    assert beside.unanswered[0].startswith("bucket it: ")
