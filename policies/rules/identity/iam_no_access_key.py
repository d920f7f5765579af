"""No access key is made."""

from policies.expect import absent, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import ACCESS_KEY


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "user", absent, "credentials are those of a role, for a session")


RULE = ResourceRule(
    id="iam-no-access-key",
    title="No access key is made.",
    why="A key that does not expire lies in a state, in a file and, in the end, in a repository.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("IA-5", "AC-2"),
        Framework.PCI_DSS: ("8.6.2",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.17",),
    },
    remedy="use roles: Pod Identity, OIDC, or the profile of a session",
    kinds=(ACCESS_KEY,),
    check=_check,
)
