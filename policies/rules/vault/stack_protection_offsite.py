"""Two copies are not in one place."""

from policies.frameworks import Framework
from policies.resource import Stack, any_unknown
from policies.rule import Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import VAULT


def _check(stack: Stack, config: Config) -> Findings:
    vaults = list(stack.of(VAULT))
    if len(vaults) < 2:
        return
    places = [tuple(one.props.get(key) or "" for key in ("endpoint", "profile")) for one in vaults]
    if any_unknown(part for place in places for part in place):
        yield Undecided("endpoint", urn=vaults[0].urn)
    elif len(set(places)) == 1:
        yield Violation("endpoint and profile", "the same for all", "one copy is elsewhere", urn=vaults[1].urn)


RULE = StackRule(
    id="stack-protection-offsite",
    title="Two copies are not in one place.",
    why="What ends a site, an account or a region ends every copy in it.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CP-6", "CP-6(1)", "CP-9(3)"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.14",),
    },
    remedy="put one at another endpoint, or under another profile in another region",
    check=_check,
)
