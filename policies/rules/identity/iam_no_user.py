"""People and machines have roles, not users."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import USER


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props, "name", lambda value: text(value).startswith("break-glass"), "people come by the identity provider"
    )


RULE = ResourceRule(
    id="iam-no-user",
    title="People and machines have roles, not users.",
    why="A user's password and keys are a second directory that nobody's leaving closes.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AC-2", "IA-2"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.16",),
    },
    remedy="use the identity provider and roles",
    advisory_because="an emergency user is some organisations' break glass",
    kinds=(USER,),
    check=_check,
)
