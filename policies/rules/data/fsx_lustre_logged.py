"""A file system logs errors and warnings."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props, "logConfiguration.level", one_of("WARN_ERROR", "WARN_ONLY", "ERROR_ONLY"), "errors are logged"
    )


RULE = ResourceRule(
    id="fsx-lustre-logged",
    title="A file system logs errors and warnings.",
    why="A client that was evicted or a repository that refuses is seen nowhere else.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("AU-12", "SI-4"),
        Framework.PCI_DSS: ("10.2.1",),
        Framework.SOC_2: ("CC7.2",),
        Framework.ISO_27001: ("A.8.15",),
    },
    remedy="set logConfiguration to WARN_ERROR",
    kinds=(LUSTRE,),
    check=_check,
)
