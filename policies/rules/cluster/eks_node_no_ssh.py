"""Nobody logs in to a node by a key."""

from policies.expect import absent, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import LAUNCH_TEMPLATE, NODE_GROUP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(
        props, "keyName" if resource.kind == LAUNCH_TEMPLATE else "remoteAccess", absent, "nodes have no key pair"
    )


RULE = ResourceRule(
    id="eks-node-no-ssh",
    title="Nobody logs in to a node by a key.",
    why="A key pair is a credential without a name and without an end; Session Manager has both.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "CM-7"),
        Framework.PCI_DSS: ("1.3.1", "2.2.4"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
    },
    remedy="leave keyName and remoteAccess out; use Session Manager",
    kinds=(
        LAUNCH_TEMPLATE,
        NODE_GROUP,
    ),
    check=_check,
)
