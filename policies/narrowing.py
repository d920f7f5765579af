"""Which conditions of a policy really narrow whom it is for.

After "The meaning of public" (S3 user guide, "Blocking public access"): a value that is fixed narrows, a wildcard does
not.
"""

import ipaddress
import re
from collections.abc import Iterator

from policies.resource import Values, mapping, sequence

# Keys that say who asks or by which way, and how a value has to look, for the operators in which * means anything.
IDS = frozenset(
    {
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        # KMS's own: the account of who asks (KMS developer guide, "kms:CallerAccount").
        "kms:calleraccount",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "s3:dataaccesspointaccount",
    }
)
ARNS = frozenset({"aws:sourcearn", "aws:principalarn", "aws:sourcevpcarn", "s3:dataaccesspointarn"})
ADDRESSES = frozenset({"aws:sourceip", "aws:vpcsourceip"})
# A role's session is AROA...:its name, which whoever takes the role chooses.
USER = re.compile(r"A[A-Z0-9]{15,}(:.*)?")
# Wider than this is everybody: the S3 user guide calls 0.0.0.0/1 public.
NARROW = {4: 8, 6: 32}
EXACT = frozenset({"stringequals", "stringequalsignorecase"})
LIKE = frozenset({"stringlike", "arnlike", "arnequals"})


def is_narrowed(condition: object) -> bool:
    """Whether a statement's condition keeps everyone else out: all of it has to hold, so one part is enough."""
    return any(
        _narrows(operator, key.lower(), values)
        for operator, keys in mapping(condition).items()
        for key, value in mapping(keys).items()
        if (values := list(_values(value)))
    )


def _values(value: object) -> Iterator[str]:
    for item in sequence(value) or [value]:
        yield str(item)


def _narrows(operator: str, key: str, values: list[str]) -> bool:
    # What the condition is about may be absent: `IfExists` and `ForAllValues` then hold, and so does every negation.
    operator = operator.lower().removeprefix("foranyvalue:")
    # Any one of the values is enough, so each has to be narrow.
    if operator == "ipaddress":
        return key in ADDRESSES and all(map(_few_addresses, values))
    if operator == "bool":
        return key == "aws:principalisawsservice" and [value.lower() for value in values] == ["true"]
    if operator in EXACT:
        return key in IDS | ARNS | {"aws:userid"} and all(value and "${" not in value for value in values)
    return operator in LIKE and all(_fixed(key, value) for value in values)


def _fixed(key: str, value: str) -> bool:
    """Whether a value in which * means anything still names one owner."""
    if "${" in value:
        # What it stands for comes from the one who asks.
        return False
    if key == "aws:userid":
        return USER.fullmatch(value) is not None
    if key in ARNS:
        parts = value.split(":", 5)
        if len(parts) != 6:
            return False
        account, resource = parts[4], parts[5]
        # A bucket's ARN has no account: then its name has to be whole.
        return not _wild(account) if account else not _wild(resource) and bool(resource)
    return key in IDS and bool(value) and not _wild(value)


def _wild(value: str) -> bool:
    return "*" in value or "?" in value


def _few_addresses(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= NARROW[network.version]


def values_of(statement: Values, key: str) -> list[object]:
    """A part of a statement that is one value or a list of them."""
    found = statement.get(key)
    return sequence(found) or ([] if found is None else [found])
