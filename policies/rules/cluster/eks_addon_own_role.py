"""An add-on that calls AWS has a role of its own."""

from policies.expect import expect, present
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided
from policies.types import ADDON

CALLING = ("vpc-cni", "aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-fsx-csi-driver", "aws-mountpoint-s3-csi-driver")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    name = props.get("addonName")
    if name is UNKNOWN:
        yield Undecided("addonName")
    elif name in CALLING and not props.get("serviceAccountRoleArn"):
        yield from expect(props, "podIdentityAssociations", present, "an add-on calls AWS as itself")


RULE = ResourceRule(
    id="eks-addon-own-role",
    title="An add-on that calls AWS has a role of its own.",
    why="On the node's role its rights are those of every pod that reaches the metadata.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "AC-6(10)"),
        Framework.PCI_DSS: ("7.2.5",),
        Framework.SOC_2: ("CC6.3",),
        Framework.ISO_27001: ("A.8.2",),
        Framework.CIS_EKS: ("5.2.1", "5.1.3"),
    },
    remedy="set podIdentityAssociations",
    kinds=(ADDON,),
    check=_check,
)
