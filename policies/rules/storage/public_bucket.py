"""Data of a factory is for its own accounts."""

import json
from collections.abc import Iterator
from ipaddress import ip_network
from typing import cast

from policies.resource import PolicyResource, Values, mapping, sequence

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ACL = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucket:Bucket")
POLICY = ("aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket", "aifactory:object_store:Bucket")
# Keys that only a request's own network, organization, account or service can satisfy: Amazon S3 user guide, "The meaning of
# public". Keys that a caller chooses freely, such as aws:Referer, narrow nothing.
NARROWING = frozenset(
    {
        *("aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "aws:vpcsourceip", "aws:sourcearn", "aws:sourceaccount"),
        *("aws:sourceorgid", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount"),
        *("aws:principalarn", "aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"),
    }
)
# Operators that a value must satisfy. Those that negate, and `...IfExists`, also hold where there is no such value.
OPERATORS = frozenset(
    {
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "arnequals",
        "arnlike",
        "ipaddress",
        "foranyvalue:stringlike",
    }
    | {"foranyvalue:stringequals"}
)
# A network wider than this is the public: /8 is the largest block that one organization holds.
WIDEST = {4: 8, 6: 16}


def violations(resource: PolicyResource) -> Iterator[str]:
    """What opens a bucket to everyone."""
    if resource.kind == BLOCK:
        for key in BLOCKS:
            if resource.props.get(key) is not True:
                yield f"{key} is not true: the bucket may be opened to the public; set it"
    if resource.kind in ACL:
        acl = str(resource.props.get("acl") or "")
        if acl.startswith("public-") or acl == "authenticated-read":
            yield f"acl is {acl}: everyone may read the bucket; leave it out"
    if resource.kind in POLICY:
        yield from _statements(resource.props.get("policy"))


def _statements(policy: object) -> Iterator[str]:
    if isinstance(policy, str):
        try:
            policy = cast("object", json.loads(policy)) if policy else {}
        except ValueError:
            # Not known before it is made, or no JSON: the store refuses the latter itself.
            return
    found = mapping(policy).get("Statement")
    for statement in map(mapping, sequence(found) or [found]):
        if statement.get("Effect") != "Allow":
            continue
        name = statement.get("Sid") or "without a Sid"
        if "NotPrincipal" in statement:
            yield f"policy statement {name} allows everyone but its NotPrincipal: name the accounts that may"
        elif _is_everyone(statement.get("Principal")) and not _narrows(mapping(statement.get("Condition"))):
            yield (
                f"policy statement {name} allows everyone: name the accounts that may, or require aws:SourceVpce, "
                "aws:PrincipalOrgID or another key that only they have"
            )


def _is_everyone(principal: object) -> bool:
    if principal == "*":
        return True
    return any("*" in (sequence(named) or [named]) for kind, named in mapping(principal).items() if kind != "Service")


def _narrows(condition: Values) -> bool:
    """Whether any of the conditions, all of which must hold, leaves the public out."""
    return any(
        _leaves_out(str(key).lower(), [str(value) for value in sequence(values) or [values]])
        for operator, keys in condition.items()
        if str(operator).lower() in OPERATORS
        for key, values in mapping(keys).items()
        if str(key).lower() in NARROWING
    )


def _leaves_out(key: str, values: list[str]) -> bool:
    """Whether every one of the values, any of which may match, is narrower than everyone."""
    if key.endswith("sourceip"):
        return all(_is_narrow_network(value) for value in values)
    return all(_is_narrow_arn(value) if value.count(":") >= 5 else value.strip("*?") != "" for value in values)


def _is_narrow_arn(value: str) -> bool:
    """In an ARN the account decides; of a bucket, whose ARN has none, its name."""
    account, name = value.split(":", 5)[4:6]
    return account.strip("*?") != "" or (account == "" and name.strip("*?") != "")


def _is_narrow_network(value: str) -> bool:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= WIDEST[network.version]
