"""Checkpoints lie on a persistent file system."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props,
        "deploymentType",
        one_of("PERSISTENT_1", "PERSISTENT_2"),
        "a file system keeps its data when a server fails",
    )


RULE = ResourceRule(
    id="fsx-lustre-persistent",
    title="Checkpoints lie on a persistent file system.",
    why="SCRATCH keeps one copy: a file server that fails takes its part of every checkpoint along.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SC-36"),
        Framework.SOC_2: ("A1.2",),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="set deploymentType to PERSISTENT_2",
    kinds=(LUSTRE,),
    check=_check,
)
