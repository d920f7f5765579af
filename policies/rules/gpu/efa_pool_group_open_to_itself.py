"""The group of EFA nodes admits all traffic from and to itself."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, Stack, Values, mapping, sequence, text
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import EGRESS_RULE, INGRESS_RULE, LAUNCH_TEMPLATE, SECURITY_GROUP


def _check(stack: Stack, config: Config) -> Findings:
    has_efa = any(
        text(mapping(card).get("interfaceType")).startswith("efa")
        for template in stack.of(LAUNCH_TEMPLATE)
        for card in sequence(template.props.get("networkInterfaces"))
    )
    groups = list(stack.of(SECURITY_GROUP))
    if not has_efa or not groups:
        return
    for kind, way in ((INGRESS_RULE, "from"), (EGRESS_RULE, "to")):
        rules = list(stack.of(kind))
        own = [one for one in rules if text(one.props.get("ipProtocol")) == "-1" and _is_of_itself(one.props)]
        if not own and any(one.props.get("securityGroupId") is UNKNOWN for one in rules):
            yield Undecided("securityGroupId", urn=groups[0].urn)
        elif not own:
            yield Violation(
                f"rule {way} itself", MISSING, "nodes with EFA reach each other by all protocols", urn=groups[0].urn
            )


def _is_of_itself(rule: Values) -> bool:
    group = rule.get("securityGroupId")
    return group is not UNKNOWN and bool(group) and group == rule.get("referencedSecurityGroupId")


RULE = StackRule(
    id="efa-pool-group-open-to-itself",
    title="The group of EFA nodes admits all traffic from and to itself.",
    why="EFA's packets are dropped without it, and NCCL falls back to TCP or hangs.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "SC-6"),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="add an ingress and an egress rule of all protocols that reference the group itself",
    check=_check,
)
