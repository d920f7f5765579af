"""An update of an add-on keeps what was set in the cluster."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import ADDON


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "resolveConflictsOnUpdate", lambda value: value != "OVERWRITE", "an update keeps settings")


RULE = ResourceRule(
    id="eks-addon-keeps-settings",
    title="An update of an add-on keeps what was set in the cluster.",
    why="OVERWRITE takes back, without a word, the setting that ended last month's incident.",
    severity=Severity.LOW,
    frameworks={
        Framework.NIST_800_53: ("CM-3", "CM-5"),
        Framework.SOC_2: ("CC8.1",),
    },
    remedy="set resolveConflictsOnUpdate to PRESERVE",
    kinds=(ADDON,),
    check=_check,
)
