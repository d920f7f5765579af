"""Whom a policy or a rule of the network lets in that was not declared. Pure, and total over whatever was found."""

import ipaddress
import json
from collections.abc import Iterator
from typing import cast

from host.documents import Values, mapping, sequence, text

EVERYONE = ("*", "arn:aws:iam::*:root")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def opened_policy(declared: object, found: object) -> str:
    """What a policy of AWS's form (a JSON text) allows or no longer denies, in words; "" where nothing."""
    before, after = statements(declared), statements(found)
    if after is None:
        return "its policy cannot be read"
    known = before or []
    for one in after:
        if text(one.get("Effect")) == "Allow" and not _holds(known, one):
            return f"{_who(one)} may {_what(one)}, which is not declared"
    for one in known:
        if text(one.get("Effect")) == "Deny" and not _holds(after, one):
            return f"what {text(one.get('Sid')) or 'a statement'} denies is no longer denied"
    return ""


def _holds(listed: list[Values], one: Values) -> bool:
    """Whether a statement is among others, whatever its id."""
    return any({**other, "Sid": ""} == {**one, "Sid": ""} for other in listed)


def statements(policy: object) -> list[Values] | None:
    """Statements of a policy; None where it cannot be read."""
    if policy is None or policy == "":
        return []
    try:
        document = cast("object", json.loads(policy)) if isinstance(policy, str) else policy
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    listed = mapping(cast("object", document)).get("Statement")
    return [
        _normal(mapping(one)) for one in (sequence(cast("object", listed)) if isinstance(listed, list) else [listed])
    ]


def _normal(statement: Values) -> Values:
    """One text and a list of it mean the same, in any order; the id says nothing."""

    def listed(value: object) -> object:
        if isinstance(value, dict):
            return {key: listed(one) for key, one in mapping(cast("object", value)).items()}
        return sorted(set(_texts(cast("object", value)))) if isinstance(value, str | list) else value

    return {key: value if key in ("Effect", "Sid") else listed(value) for key, value in statement.items()}


def _who(statement: Values) -> str:
    if statement.get("NotPrincipal") is not None:
        return "everyone but a few"
    principal = statement.get("Principal")
    if principal is None:
        return "it"
    named = list(_texts(principal))
    if any(one in EVERYONE for one in named):
        return "everyone" if not statement.get("Condition") else "everyone under a condition"
    return ", ".join(named) or "somebody"


def _what(statement: Values) -> str:
    if statement.get("NotAction") is not None:
        return "do all but a few actions"
    return "do " + (", ".join(_texts(statement.get("Action"))) or "something")


def _texts(value: object) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in sequence(cast("object", value)):
            yield from _texts(one)
    elif isinstance(value, dict):
        for one in mapping(cast("object", value)).values():
            yield from _texts(one)


def networks(value: object) -> list[Network]:
    """Every block of addresses in a value, also within a text of several words."""
    found: list[Network] = []
    for word in (word for one in _texts(value) for word in one.split()):
        if "/" not in word:
            continue
        try:
            found.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            continue
    return found


def opened_network(declared: object, found: object) -> str:
    """The addresses that are let in and were not, in words; "" where none are."""
    before = networks(declared)
    for one in networks(found):
        if not any(one.version == other.version and _within(one, other) for other in before):
            whom = "the whole internet" if one.prefixlen == 0 else str(one)
            return f"open to {whom}"
    return ""


def _within(one: Network, other: Network) -> bool:
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return one.subnet_of(other)
    if isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network):
        return one.subnet_of(other)
    return False
