"""What a policy of IAM or of a bucket allows and denies."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from policies.expect import statements, texts
from policies.resource import Values


def allowed(policy: object) -> list[tuple[str, Values]]:
    """Name and content of each statement that allows."""
    return [
        (str(one.get("Sid") or f"Statement[{index}]"), one)
        for index, one in enumerate(statements(policy))
        if one.get("Effect") == "Allow"
    ]


def grants(statement: Values, actions: Iterable[str]) -> list[str]:
    """Which of some actions a statement gives: by name, by a wildcard, or as all but those of `NotAction`."""
    if "NotAction" in statement:
        return [one for one in actions if not _matches(one, texts(statement["NotAction"]))]
    return [one for one in actions if _matches(one, texts(statement.get("Action")))]


def denies(policy: object, action: str) -> bool:
    """Whether any statement denies an action."""
    denying = [one for one in statements(policy) if one.get("Effect") == "Deny"]
    return any(_matches(action, texts(one.get("Action"))) for one in denying)


def _matches(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
