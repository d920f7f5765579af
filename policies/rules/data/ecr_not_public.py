"""A repository names who pulls."""

from policies.expect import texts
from policies.frameworks import Framework
from policies.narrowing import is_narrowed
from policies.resource import UNKNOWN, PolicyResource, at
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.statements import allowed
from policies.types import ECR_POLICY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    policy = props.get("policy")
    if policy is UNKNOWN:
        yield Undecided("policy")
        return
    for name, statement in allowed(policy):
        principals = [statement.get("Principal"), *texts(at(statement.get("Principal"), "AWS"))]
        if "*" in principals and not is_narrowed(statement.get("Condition")):
            yield Violation(f"policy, {name}", "for everyone", "a repository names who pulls")


RULE = ResourceRule(
    id="ecr-not-public",
    title="A repository names who pulls.",
    why="Images hold a company's code.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "RA-5", "SC-28(1)", "SI-2"),
        Framework.PCI_DSS: ("6.3.3", "11.3.1"),
        Framework.SOC_2: ("CC6.8", "CC7.1"),
        Framework.ISO_27001: ("A.8.8", "A.8.24"),
        Framework.CIS_EKS: ("5.1.1",),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0016",),
    },
    remedy="name accounts in the policy",
    kinds=(ECR_POLICY,),
    check=_check,
)
