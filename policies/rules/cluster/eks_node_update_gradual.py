"""An update of nodes takes few at a time."""

from policies.expect import shown
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, number
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    config_of = props.get("updateConfig")
    if config_of is UNKNOWN:
        yield Undecided("updateConfig")
    elif not any(
        number(at(config_of, key)) or at(config_of, key) is UNKNOWN
        for key in ("maxUnavailable", "maxUnavailablePercentage")
    ):
        yield Violation("updateConfig", "without a bound", "an update says how many nodes it takes at once")
    elif number(at(config_of, "maxUnavailablePercentage")) > 34:
        yield Violation(
            "updateConfig.maxUnavailablePercentage",
            shown(at(config_of, "maxUnavailablePercentage")),
            "a third or fewer are away",
        )


RULE = ResourceRule(
    id="eks-node-update-gradual",
    title="An update of nodes takes few at a time.",
    why="All nodes at once is an outage that looks like an upgrade.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("CM-3", "SI-2"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="set updateConfig.maxUnavailable",
    kinds=(NODE_GROUP,),
    check=_check,
)
