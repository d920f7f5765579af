"""Every provider is in a region that is allowed."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, names
from policies.types import AWS_PROVIDER

REGIONS = names("regions", (), "Regions that are allowed; every region where it is empty.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    regions = REGIONS.of(config)
    if regions:
        yield from expect(props, "region", one_of(*regions), f"a region is one of {', '.join(regions)}")


RULE = ResourceRule(
    id="stack-residency-region",
    title="Every provider is in a region that is allowed.",
    why="Data that may not leave a jurisdiction has left it with the first copy elsewhere.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("SA-9(5)", "SC-36"),
        Framework.SOC_2: ("CC9.2", "C1.1"),
        Framework.ISO_27001: ("A.5.23", "A.5.34"),
        Framework.EU_AI_ACT: ("10(5)",),
        Framework.NIST_AI_RMF: ("MEASURE 2.10",),
    },
    remedy="change the region, or the list by configuration",
    settings=(REGIONS,),
    kinds=(AWS_PROVIDER,),
    check=_check,
)
