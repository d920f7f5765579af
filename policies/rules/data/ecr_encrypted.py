"""A repository is encrypted by KMS."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import ECR


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    given = props.get("encryptionConfigurations")
    if given is UNKNOWN:
        yield Undecided("encryptionConfigurations")
    elif not any(at(one, "encryptionType") in ("KMS", "KMS_DSSE", UNKNOWN) for one in sequence(given)):
        yield Violation("encryptionConfigurations", "without KMS", "a repository has a key")


RULE = ResourceRule(
    id="ecr-encrypted",
    title="A repository is encrypted by KMS.",
    why="Images hold code and, in layers, what somebody thought was removed.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CM-2", "RA-5", "SC-28(1)", "SI-2"),
        Framework.PCI_DSS: ("6.3.3", "11.3.1"),
        Framework.SOC_2: ("CC6.8", "CC7.1"),
        Framework.ISO_27001: ("A.8.8", "A.8.24"),
        Framework.CIS_EKS: ("5.1.1",),
        Framework.OWASP_LLM: ("LLM03",),
        Framework.MITRE_ATLAS: ("AML.M0016",),
    },
    remedy="set encryptionConfigurations to KMS",
    advisory_because="a registry is encrypted by a key where a site gives one; by default ECR encrypts it itself",
    kinds=(ECR,),
    check=_check,
)
