"""What IAM decides of a request, after its own rules: an explicit deny, then an allow of the policies and of the boundary.

moto has no policy simulator, and where it enforces policies it reads no condition. What is not known here is refused
loudly and never passed over.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

Statement = Mapping[str, object]
Context = Mapping[str, str]
KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One call."""

    action: str
    resource: str = "*"
    """ARN; `*` for a call that is about no resource: only a statement about all of them has it."""
    context: Context = field(default_factory=dict[str, str])
    """Key -> value. A key that is not there is absent in the call."""


def allowed(request: Request, policies: Sequence[str], boundary: str) -> bool:
    """Whether a role with these policies, all JSON, may do that within its boundary (IAM user guide, "Policy evaluation
    logic").
    """
    given = [statement for policy in policies for statement in statements(policy)]
    limits = statements(boundary)
    return (
        not any(_applies(one, "Deny", request) for one in (*given, *limits))
        and any(_applies(one, "Allow", request) for one in given)
        and any(_applies(one, "Allow", request) for one in limits)
    )


def statements(policy: str) -> list[Statement]:
    """Statements of a policy. Raises AssertionError for a part that is not known here."""
    found = cast("Mapping[str, list[Statement]]", json.loads(policy))["Statement"]
    for one in found:
        assert set(one) <= KNOWN, one
    return found


def _applies(statement: Statement, effect: str, request: Request) -> bool:
    return (
        statement["Effect"] == effect
        and any(_like(one.lower(), request.action.lower()) for one in _texts(statement["Action"]))
        and any(_like(one, request.resource) for one in _texts(statement["Resource"]))
        and all(
            _holds(operator, key, values, request.context)
            for operator, keys in cast("Mapping[str, Mapping[str, object]]", statement.get("Condition", {})).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, key: str, values: object, context: Context) -> bool:
    compare, negated = OPERATORS[operator]
    names = {name.lower(): value for name, value in context.items()}
    if key.lower() not in names:
        # "IAM JSON policy elements: Condition operators": a key that is absent matches no operator but a negated one.
        return negated
    found = any(compare(one, names[key.lower()]) for one in _texts(values))
    return found != negated


def _texts(value: object) -> list[str]:
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else [str(value)]


def _like(pattern: str, value: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def _arn_like(pattern: str, value: str) -> bool:
    parts, found = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(found) == 6 and all(map(_like, parts, found))


def _equals(expected: str, value: str) -> bool:
    return expected == value


OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equals, False),
    "StringLike": (_like, False),
    "Bool": (_equals, False),
    "ArnEquals": (_arn_like, False),
    "ArnLike": (_arn_like, False),
    "ArnNotLike": (_arn_like, True),
}
