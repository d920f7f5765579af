"""An access point has a user and a root of its own."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import EFS_ACCESS_POINT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props,
        "posixUser.uid",
        lambda value: value is not None and number(value) > 0,
        "an access point has a user that is not root",
    )
    yield from expect(
        props,
        "rootDirectory.path",
        lambda value: value not in (None, "", "/"),
        "an access point has a folder of its own",
    )


RULE = ResourceRule(
    id="efs-access-point-user",
    title="An access point has a user and a root of its own.",
    why="Without them whoever mounts it is root of the whole file system.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-28(1)", "AC-6", "CP-9"),
        Framework.PCI_DSS: ("3.5.1", "7.2.5"),
        Framework.SOC_2: ("CC6.1", "A1.2"),
        Framework.ISO_27001: ("A.8.24", "A.8.13"),
    },
    remedy="set posixUser and rootDirectory.path",
    kinds=(EFS_ACCESS_POINT,),
    check=_check,
)
