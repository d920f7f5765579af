"""Cases."""

from tests.policies.case import Case

CASES: tuple[Case, ...] = ()
