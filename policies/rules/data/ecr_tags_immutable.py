"""Tags of a repository do not move."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import ECR


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    wanted = one_of("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")
    yield from expect(props, "imageTagMutability", wanted, "a tag names one image for ever")


RULE = ResourceRule(
    id="ecr-tags-immutable",
    title="Tags of a repository do not move.",
    why="What was scanned as v1 is then not what runs as v1.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "RA-5", "SC-28(1)", "SI-2"),
        Framework.PCI_DSS: ("6.3.3", "11.3.1"),
        Framework.SOC_2: ("CC6.8", "CC7.1"),
        Framework.ISO_27001: ("A.8.8", "A.8.24"),
        Framework.CIS_EKS: ("5.1.1",),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0016",),
    },
    remedy="set imageTagMutability to IMMUTABLE",
    kinds=(ECR,),
    check=_check,
)
