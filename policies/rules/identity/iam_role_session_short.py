"""A session of a role ends within hours."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity, count
from policies.types import ROLE

HOURS = count("hours", 4, "Most hours of a session.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    longest = HOURS.of(config) * 3600
    yield from expect(
        props,
        "maxSessionDuration",
        lambda value: number(value) <= longest,
        f"a session is {longest} seconds or shorter",
    )


RULE = ResourceRule(
    id="iam-role-session-short",
    title="A session of a role ends within hours.",
    why="A session that was stolen works until it ends.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("AC-12",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.5",),
    },
    remedy="lower maxSessionDuration",
    settings=(HOURS,),
    kinds=(ROLE,),
    check=_check,
)
