"""No vault is emptied by its own deletion."""

from policies.expect import expect, is_not_true
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import AWS_BUCKETS, BACKUP_VAULT, OWN_BUCKET, VAULT


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT in resource.within or resource.kind == BACKUP_VAULT:
        yield from expect(props, "forceDestroy", is_not_true, "a vault is not emptied when it is deleted")


RULE = ResourceRule(
    id="vault-never-force-destroyed",
    title="No vault is emptied by its own deletion.",
    why="One `destroy` with forceDestroy deletes every object first: the vault was one flag from empty.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "CM-5"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="leave forceDestroy out",
    kinds=(
        *AWS_BUCKETS,
        OWN_BUCKET,
        BACKUP_VAULT,
    ),
    check=_check,
)
