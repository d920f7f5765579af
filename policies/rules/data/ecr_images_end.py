"""Every repository says which images it does not keep."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, Stack
from policies.rule import MISSING, Config, Findings, Severity, StackRule, Undecided, Violation
from policies.types import ECR, ECR_LIFECYCLE


def _check(stack: Stack, config: Config) -> Findings:
    repositories, policies = list(stack.of(ECR)), list(stack.of(ECR_LIFECYCLE))
    named = {policy.props.get("repository") for policy in policies}
    for repository in repositories:
        name = repository.props.get("name")
        if name is not UNKNOWN and name in named:
            continue
        # Whose policy it is, is known when both are made; where there are too few of them, one lacks its own.
        if (name is UNKNOWN or UNKNOWN in named) and len(policies) >= len(repositories):
            yield Undecided("LifecyclePolicy", urn=repository.urn)
        else:
            yield Violation("LifecyclePolicy", MISSING, "a repository has a lifecycle", urn=repository.urn)


RULE = StackRule(
    id="ecr-images-end",
    title="Every repository says which images it does not keep.",
    why="Images that nobody runs are kept and paid for, flaws and all, until somebody starts one of them.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "SI-12"),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.10",),
    },
    remedy="declare a LifecyclePolicy of the repository",
    check=_check,
)
