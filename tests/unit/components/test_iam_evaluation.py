"""The evaluator that roles are judged by decides as the IAM user guide says."""

import json

import pytest

from tests.support.iam import Request, allowed

ALL = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
GET = Request(action="s3:GetObject", resource="arn:aws:s3:::a/b", context={"aws:RequestedRegion": "eu-west-1"})


def policy(**statement: object) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}]})


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({}, True),
        ({"Action": ["ec2:*", "S3:get*"]}, True),
        ({"Action": "s3:Get"}, False),
        ({"Action": "s3:GetObjec?"}, True),
        ({"Resource": "arn:aws:s3:::a/*"}, True),
        ({"Resource": "arn:aws:s3:::A/*"}, False),
        ({"Resource": "arn:aws:s3:::a"}, False),
        ({"Condition": {"StringEquals": {"AWS:requestedregion": ["us-east-1", "eu-west-1"]}}}, True),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-*"}}}, False),
        ({"Condition": {"StringLike": {"aws:RequestedRegion": "eu-*"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}, False),
        ({"Condition": {"ArnNotLike": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}}}, True),
        ({"Condition": {"StringLike": {"aws:RequestedRegion": "*"}, "Bool": {"aws:SecureTransport": "true"}}}, False),
    ],
)
def test_a_statement_applies_as_iam_says(statement: dict[str, object], expected: bool) -> None:
    assert allowed(GET, [policy(**statement)], ALL) is expected


def test_nothing_is_allowed_that_no_statement_allows() -> None:
    assert not allowed(GET, ['{"Statement": []}'], ALL)


def test_a_boundary_gives_nothing_and_limits_all() -> None:
    assert not allowed(GET, ['{"Statement": []}'], ALL)
    assert not allowed(GET, [ALL], policy(Action="ec2:*"))


def test_a_deny_of_either_comes_first() -> None:
    deny = policy(Effect="Deny")
    assert not allowed(GET, [ALL, deny], ALL)
    both = json.dumps({"Statement": [*json.loads(ALL)["Statement"], *json.loads(deny)["Statement"]]})
    assert not allowed(GET, [ALL], both)


def test_what_is_not_known_is_refused_loudly() -> None:
    with pytest.raises(KeyError):
        allowed(GET, [policy(Condition={"NumericLessThan": {"aws:RequestedRegion": "1"}})], ALL)
    with pytest.raises(AssertionError):
        allowed(GET, [policy(NotResource="*")], ALL)
