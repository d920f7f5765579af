"""An endpoint's policy names whose data passes."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed
from policies.types import VPC_ENDPOINT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
    elif not policy:
        yield Violation("policy", MISSING, "an endpoint lets through what is the factory's alone")
    else:
        for name, statement in allowed(policy):
            if "*" in texts(statement.get("Resource")) and not statement.get("Condition"):
                yield Violation(
                    f"policy, {name}", "for every resource", "an endpoint lets through what is the factory's alone"
                )


RULE = ResourceRule(
    id="vpc-endpoint-bounded",
    title="An endpoint's policy names whose data passes.",
    why="Through an endpoint without a policy, weights go to any bucket of anybody.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-4", "AC-6"),
        Framework.PCI_DSS: ("1.3.2",),
        Framework.SOC_2: ("CC6.7",),
        Framework.ISO_27001: ("A.8.12",),
        Framework.OWASP_LLM: ("LLM02",),
    },
    remedy="write a policy that names accounts or an organisation",
    advisory_because="the network component writes no policies of endpoints yet",
    kinds=(VPC_ENDPOINT,),
    check=_check,
)
