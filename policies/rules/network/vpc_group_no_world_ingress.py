"""No security group admits the whole world."""

from policies.expect import each, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, at, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import GROUP_RULE, INGRESS_RULE, SECURITY_GROUP

WORLD = ("0.0.0.0/0", "::/0")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    rule = "ingress names its source"
    if resource.kind == INGRESS_RULE:
        for key in ("cidrIpv4", "cidrIpv6"):
            yield from expect(props, key, lambda value: value not in WORLD, rule)
    elif resource.kind == SECURITY_GROUP:
        for path, one in each(props, "ingress"):
            yield from _blocks(one, path)
    elif props.get("type") != "egress":
        yield from _blocks(props, "")


def _blocks(holder: object, path: str) -> Findings:
    for key in ("cidrBlocks", "ipv6CidrBlocks"):
        where = f"{path}.{key}".lstrip(".")
        blocks = at(holder, key)
        if any_unknown([blocks, *sequence(blocks)]):
            yield Undecided(where)
        elif any(one in WORLD for one in sequence(blocks)):
            yield Violation(where, "the world", "ingress names its source")


RULE = ResourceRule(
    id="vpc-group-no-world-ingress",
    title="No security group admits the whole world.",
    why="A port that the world reaches is found in minutes.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.3.1",),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
    },
    remedy="name the addresses or the group that may come in",
    kinds=(
        INGRESS_RULE,
        GROUP_RULE,
        SECURITY_GROUP,
    ),
    check=_check,
)
