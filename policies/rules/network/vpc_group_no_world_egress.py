"""No security group lets everything out to the world."""

from policies.expect import each, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, any_unknown, at, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import EGRESS_RULE, GROUP_RULE, SECURITY_GROUP

WORLD = ("0.0.0.0/0", "::/0")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    rule = "egress names where it goes"
    if resource.kind == EGRESS_RULE:
        for key in ("cidrIpv4", "cidrIpv6"):
            yield from expect(props, key, lambda value: value not in WORLD, rule)
    elif resource.kind == SECURITY_GROUP:
        for path, one in each(props, "egress"):
            yield from _blocks(one, path)
    elif props.get("type") != "ingress":
        yield from _blocks(props, "")


def _blocks(holder: object, path: str) -> Findings:
    for key in ("cidrBlocks", "ipv6CidrBlocks"):
        where = f"{path}.{key}".lstrip(".")
        blocks = at(holder, key)
        if any_unknown([blocks, *sequence(blocks)]):
            yield Undecided(where)
        elif any(one in WORLD for one in sequence(blocks)):
            yield Violation(where, "the world", "egress names where it goes")


RULE = ResourceRule(
    id="vpc-group-no-world-egress",
    title="No security group lets everything out to the world.",
    why="What breaks into a training pod carries weights and data out by whatever port is open.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-7(5)", "AC-4"),
        Framework.PCI_DSS: ("1.3.2",),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20", "A.8.22"),
        Framework.OWASP_LLM: ("LLM02",),
    },
    remedy="name endpoints, prefix lists and groups",
    advisory_because=(
        "nodes pull images and add-ons through the NAT gateway; endpoints for all of it are a choice with a price"
    ),
    kinds=(
        EGRESS_RULE,
        GROUP_RULE,
        SECURITY_GROUP,
    ),
    check=_check,
)
