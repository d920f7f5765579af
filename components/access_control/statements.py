"""Statements of policies of IAM."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Condition: TypeAlias = Mapping[str, Mapping[str, object]]
Statement: TypeAlias = dict[str, object]


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Condition | None = None) -> Statement:
    """A statement that allows."""
    return _statement("Allow", sid, actions, resources, condition)


def deny(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Condition | None = None) -> Statement:
    """A statement that denies, whatever else allows."""
    return _statement("Deny", sid, actions, resources, condition)


def document(statements: Sequence[Mapping[str, object]]) -> str:
    """The policy, as JSON without a space: IAM counts them."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def _statement(
    effect: str, sid: str, actions: Sequence[str], resources: Sequence[str], condition: Condition | None
) -> Statement:
    return {
        "Sid": sid,
        "Effect": effect,
        "Action": list(actions),
        "Resource": list(resources),
        **({"Condition": condition} if condition else {}),
    }
