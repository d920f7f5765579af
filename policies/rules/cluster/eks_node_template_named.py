"""A node group has a launch template of its own."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    rule = "a node group names a launch template"
    template = resource.props.get("launchTemplate")
    if template is UNKNOWN:
        yield Undecided("launchTemplate")
    elif not template:
        yield Violation("launchTemplate", MISSING, rule)
    elif "name" not in mapping(template):
        yield from expect(template, "id", present, rule, root="launchTemplate")


RULE = ResourceRule(
    id="eks-node-template-named",
    title="A node group has a launch template of its own.",
    why=(
        "Without one EKS makes it: credentials of the node reach every pod in two hops, volumes are encrypted only where "
        "the account says so, and no rule of templates sees it."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "CM-6"),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.9",),
    },
    remedy="declare a launch template and name it in launchTemplate",
    kinds=(NODE_GROUP,),
    check=_check,
)
