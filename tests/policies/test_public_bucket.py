"""Buckets open to everyone: a condition excuses one only where it keeps everyone else out."""

import json

import pytest

from policies.resource import PolicyResource
from policies.rules.data import bucket_closed
from tests.policies.judged import violations

BUCKET = "aifactory:object_store:Bucket"


def output(statement: dict[str, object], kind: str = BUCKET) -> list[str]:
    whole = {"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", **statement}
    policy = json.dumps({"Version": "2012-10-17", "Statement": whole})
    listed = json.dumps({"Version": "2012-10-17", "Statement": [whole]})
    found = [
        list(violations(bucket_closed.RULE, PolicyResource(kind=kind, props={"policy": one})))
        for one in (policy, listed)
    ]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:UserAgent": "curl*"}},
        {"StringLike": {"aws:Referer": "https://example.org/*"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringLike": {"aws:SourceVpce": "vpce-*"}},
        {"StringLike": {"aws:PrincipalArn": "*"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"ArnEquals": {"aws:SourceArn": ["arn:aws:sns:us-east-1:123456789012:x", "arn:aws:sns:us-east-1:*:x"]}},
        {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringNotLike": {"aws:PrincipalOrgID": "o-1"}},
        {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/x"}},
        {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}},
        {"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1/"}},
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}},
        {"IpAddress": {"aws:SourceIp": []}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}},
        {"StringEquals": {"s3:x-amz-acl": "private"}},
        {"StringEquals": {"aws:PrincipalTag/team": "ml"}},
        {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
        {"Bool": {"aws:PrincipalIsAWSService": "false"}},
        {"StringLike": {"aws:userid": "*"}},
    ],
)
def test_a_condition_that_narrows_nobody_excuses_no_public_bucket(condition: dict[str, object]) -> None:
    assert len(output({"Condition": condition})) == 1


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringEquals": {"aws:sourceVpce": ["vpce-1", "vpce-2"]}},
        {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringLike": {"aws:PrincipalOrgID": "o-1"}},
        {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1/"}},
        {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
        {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}},
        {"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLEID:*"}},
        {"Bool": {"aws:PrincipalIsAWSService": True}},
        {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}},
    ],
)
def test_a_condition_that_names_who_may_excuses_a_bucket(condition: dict[str, object]) -> None:
    assert output({"Condition": condition}) == []


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}, {"CanonicalUser": "*"}, {"*": "*"}]
)
def test_everyone_has_several_names(principal: object) -> None:
    assert len(output({"Principal": principal})) == 1


@pytest.mark.parametrize("principal", [{"AWS": "123456789012"}, {"Service": "cloudtrail.amazonaws.com"}])
def test_a_principal_that_is_named_passes(principal: object) -> None:
    assert output({"Principal": principal}) == []


def test_everyone_but_some_is_everyone() -> None:
    policy = {"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "123456789012"}, "Action": "s3:*"}}
    found = list(violations(bucket_closed.RULE, PolicyResource(kind=BUCKET, props={"policy": policy})))
    assert len(found) == 1
    denied = {"Statement": {**policy["Statement"], "Effect": "Deny"}}
    assert list(violations(bucket_closed.RULE, PolicyResource(kind=BUCKET, props={"policy": denied}))) == []


@pytest.mark.parametrize(
    ("kind", "props"),
    [
        ("aws:s3/bucketAcl:BucketAcl", {"acl": "authenticated-read"}),
        ("aws:s3/bucketV2:BucketV2", {"grants": [{"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}]}),
        (
            "aws:s3/bucketAcl:BucketAcl",
            {
                "accessControlPolicy": {
                    "grants": [{"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}]
                }
            },
        ),
    ],
)
def test_a_grant_to_everyone_is_named(kind: str, props: dict[str, object]) -> None:
    assert len(list(violations(bucket_closed.RULE, PolicyResource(kind=kind, props=props)))) == 1
