"""Which differences weaken protection, and how they are told."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.drift import judges
from cli.drift.access import opened_network, opened_policy
from cli.drift.findings import CHANGED, WEAKENED, Difference, Finding
from cli.drift.paths import cleaned, differing, joined, related, same, tokens
from cli.drift.shown import LONGEST, SECRET
from cli.drift.weakening import TABLE, weakened

BUCKET = "aifactory:object_store:Bucket"
SECRET_KIND = "kubernetes:core/v1:Secret"
# No documents within documents: these are the same in many ways of writing.
TEXTS = st.text(st.characters(exclude_characters="{["), max_size=8)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(st.characters(codec="ascii", exclude_characters='"\\[].'), min_size=1, max_size=6)


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(who: object, action: object = "s3:GetObject", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": who, "Action": action, "Resource": "*", **more}


DENY: dict[str, object] = {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
CLUSTER = "aws:eks/cluster:Cluster"
NAMESPACE, ENFORCE = "kubernetes:core/v1:Namespace", 'metadata.labels["pod-security.kubernetes.io/enforce"]'
QUOTA, BINDING = "kubernetes:core/v1:ResourceQuota", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
EXPIRING = {"id": "all", "status": "Enabled", "expiration": {"days": 1}}
RETAINED = {"defaultRetention": {"mode": "COMPLIANCE", "days": 30}}

WEAKENING: tuple[tuple[str, str, object, object], ...] = (
    (BUCKET, "", "deployed", None),
    (BUCKET, "defaultRetentionDays", 30, 0),
    (BUCKET, "versioning", True, False),
    (BUCKET, "policy", "", policy(allow("*"))),
    (BUCKET, "lifecycle", None, '[{"Expiration": {"Days": 1}}]'),
    ("aifactory:object_store:Account", "policy", policy(allow("*")), ""),
    ("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "rule", RETAINED, None),
    (
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "rule",
        RETAINED,
        {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}},
    ),
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "blockPublicPolicy", True, False),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules", [], [EXPIRING]),
    ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "rules", None, ["arn:aws:s3:::elsewhere"]),
    ("aws:kms/key:Key", "keyState", "Enabled", "PendingDeletion"),
    ("aws:kms/key:Key", "enableKeyRotation", True, False),
    ("aws:ec2/securityGroup:SecurityGroup", "ingress", [], ["tcp 22-22 0.0.0.0/0"]),
    (CLUSTER, "vpcConfig.endpointPublicAccess", False, True),
    (CLUSTER, "enabledClusterLogTypes", ["api", "audit"], ["api"]),
    ("aws:iam/role:Role", "managedPolicyArns", [], ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    (NAMESPACE, ENFORCE, "restricted", "privileged"),
    (NAMESPACE, ENFORCE, "baseline", None),
    (QUOTA, "spec.hard.pods", "10", "1k"),
    (QUOTA, 'spec.hard["requests.nvidia.com/gpu"]', "8", None),
    (SECRET_KIND, "data.password", SECRET, SECRET),
    ("kubernetes:core/v1:Service", "spec.type", "ClusterIP", "LoadBalancer"),
    ("kubernetes:apps/v1:Deployment", "spec.template.spec.containers[0].image", "a@sha256:0", "b"),
    ("kubernetes:apps/v1:Deployment", "spec.template.spec.hostNetwork", None, True),
    ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "", "deployed", None),
    ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "", None, "present"),
    (BINDING, "", None, "present"),
    (BINDING, "subjects", [{"name": "a"}], [{"name": "a"}, {"name": "b"}]),
)
# Stronger than declared, or about something else.
HARMLESS: tuple[tuple[str, str, object, object], ...] = (
    (BUCKET, "defaultRetentionDays", 30, 60),
    (BUCKET, "policy", policy(allow("*")), ""),
    (BUCKET, "policy", policy(allow("*", ["s3:A", "s3:B"])), policy(allow("*", ["s3:B", "s3:A"], Sid="again"))),
    (CLUSTER, "vpcConfig.endpointPublicAccess", True, False),
    (CLUSTER, "vpcConfig.publicAccessCidrs", ["10.0.0.0/8"], ["10.1.0.0/16"]),
    ("aws:eks/nodeGroup:NodeGroup", "scalingConfig.desiredSize", 2, 3),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules", [EXPIRING], []),
    (NAMESPACE, ENFORCE, "baseline", "restricted"),
    (QUOTA, "spec.hard.pods", "10", "9"),
    (BINDING, "", "deployed", None),
    ("kubernetes:core/v1:Service", "spec.type", "LoadBalancer", "ClusterIP"),
    ("kubernetes:apps/v1:Deployment", "spec.replicas", 1, 2),
)


@pytest.mark.parametrize("case", WEAKENING, ids=lambda case: f"{case[0].rpartition(':')[2]} {case[1]}")
def test_less_protection_is_told_with_its_reason(case: tuple[str, str, object, object]) -> None:
    assert weakened(*case)


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: f"{case[0].rpartition(':')[2]} {case[1]}")
def test_what_protects_as_much_or_more_is_no_weakening(case: tuple[str, str, object, object]) -> None:
    assert weakened(*case) == ""


@given(ANYTHING, ANYTHING)
def test_the_table_judges_whatever_is_found(declared: object, found: object) -> None:
    for row in TABLE:
        assert isinstance(row.judge(declared, found), str)


@given(ANYTHING)
def test_what_is_as_declared_weakens_nothing(value: object) -> None:
    # A policy that cannot be read is no policy that is as declared.
    for row in TABLE:
        if row.judge is not opened_policy and "policy" not in row.path.pattern and row.path.pattern:
            assert row.judge(value, value) == ""


@given(st.integers(0, 40000), st.integers(0, 40000))
def test_retention_weakens_exactly_where_it_is_shorter(declared: int, found: int) -> None:
    assert bool(weakened(BUCKET, "defaultRetentionDays", declared, found)) == (found < declared)
    rules = [{"defaultRetention": {"mode": "COMPLIANCE", "days": days}} for days in (declared, found)]
    assert bool(judges.retention(*rules)) == (found < declared)


@given(st.lists(st.sampled_from(["*", "arn:aws:iam::1:root", "arn:aws:iam::2:role/a"]), max_size=4), st.data())
def test_a_policy_opens_exactly_where_it_allows_more(who: list[str], data: st.DataObject) -> None:
    declared = [allow({"AWS": one}) for one in who]
    found = [allow({"AWS": [one]}) for one in data.draw(st.permutations(who))]
    assert opened_policy(policy(*declared), policy(*found)) == ""
    more = allow({"AWS": "arn:aws:iam::3:root"})
    assert "arn:aws:iam::3:root may do s3:GetObject" in opened_policy(policy(*declared), policy(*found, more))


def test_a_statement_that_denied_is_missed() -> None:
    assert "TlsOnly" in opened_policy(policy(DENY), policy())


def test_everyone_is_called_everyone() -> None:
    assert opened_policy("", policy(allow({"AWS": ["*"]}))).startswith("everyone may")
    assert "under a condition" in opened_policy("", policy(allow("*", Condition={"Bool": {"a": "true"}})))


@given(st.ip_addresses(v=4), st.integers(1, 32), st.integers(0, 32))
def test_a_network_opens_exactly_where_its_block_is_wider(address: object, declared: int, found: int) -> None:
    opened = opened_network([f"{address}/{declared}"], [f"{address}/{found}"])
    assert bool(opened) == (found < declared)
    assert ("whole internet" in opened) == (found == 0)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_path_is_read_as_it_is_written(keys: list[str]) -> None:
    path = ""
    for key in keys:
        path = joined(path, key)
    assert tokens(path) == tuple(keys)
    assert related(path, joined("", keys[0]))


@given(ANYTHING, ANYTHING)
def test_two_documents_differ_exactly_where_a_path_is_told(declared: object, found: object) -> None:
    left, right = cleaned({"key": declared}), cleaned({"key": found})
    told = list(differing(left, right, lambda _: False))
    assert bool(told) == (left != right)
    assert all(path.startswith("key") and not same(one, other) for path, one, other in told)


def finding(kind: str, path: str, declared: object, found: object) -> Finding:
    return Finding.of(Difference(stack="lab.vault", type=kind, name="it", path=path, declared=declared, found=found))


def test_a_finding_is_one_line_with_its_reason() -> None:
    assert str(finding(BUCKET, "defaultRetentionDays", 30, 0)) == (
        "lab.vault  aifactory:object_store:Bucket  it  defaultRetentionDays: 30 -> 0  "
        f"[{WEAKENED}: objects can be deleted before their declared retention ends]"
    )
    assert str(finding(BUCKET, "", "deployed", None)).startswith(
        "lab.vault  aifactory:object_store:Bucket  it  deployed -> gone"
    )
    assert str(finding(BINDING, "", None, "present")).startswith(f"lab.vault  {BINDING}  it  not declared -> present")
    assert finding("aws:ec2/vpc:Vpc", "tags.team", "a", "b").verdict == CHANGED


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        (SECRET_KIND, "data.plain", "aHVudGVyMg=="),
        ("kubernetes:core/v1:ConfigMap", 'data["settings.ini"]', "hunter2"),
        ("kubernetes:apps/v1:Deployment", "spec.template.spec.containers[0].env[3].value", "hunter2"),
        ("kubernetes:apps/v1:Deployment", "spec.template.spec.containers[0].env", [{"name": "A", "value": "hunter2"}]),
        ("aws:ec2/launchTemplate:LaunchTemplate", "userData", "hunter2"),
        ("aws:rds/instance:Instance", "password", "hunter2"),
        ("aws:rds/instance:Instance", "settings", {"password": "hunter2"}),
        ("aws:rds/instance:Instance", "settings", '{"password": "hunter2"}'),
        ("aws:rds/instance:Instance", "url", "postgres://user:hunter2@host/db"),
        ("aws:rds/instance:Instance", "description", "AKIAIOSFODNN7EXAMPLE"),
        ("aws:rds/instance:Instance", "description", SECRET),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_no_side_of_a_secret_is_shown(kind: str, path: str, value: object, *, first: bool) -> None:
    """Also where the other side alone was secret: the old value may still open something."""
    one = finding(kind, path, *(("hunter2-before", value) if first else (value, "hunter2-before")))
    assert (one.declared, one.found) == ("[secret]", "[secret]")


@given(st.text())
@example("line\u2028separator")
@example("\x1b[2Kescape")
def test_a_value_stays_in_its_line(value: str) -> None:
    one = finding("aws:ec2/vpc:Vpc", "tags.team", value, "b")
    assert len(one.declared) <= max(LONGEST, len("[secret]"))
    assert len(str(one).splitlines()) == 1
    assert "\x1b" not in str(one)
    told = str(finding(BUCKET, "policy", "", policy(allow({"AWS": f"arn{value}"}))))
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told
