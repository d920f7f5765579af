"""Images are scanned when they are pushed."""

from policies.expect import expect, is_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import ECR


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "imageScanningConfiguration.scanOnPush", is_true, "an image is scanned")


RULE = ResourceRule(
    id="ecr-scanned",
    title="Images are scanned when they are pushed.",
    why="A flaw that is known is found by whoever looks first.",
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
    remedy="set imageScanningConfiguration.scanOnPush",
    kinds=(ECR,),
    check=_check,
)
