"""No lifecycle rule of a vault bucket removes a version."""

from policies.expect import each
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, at, mapping
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import AWS_LIFECYCLE, VAULT

REMOVING = ("expiration", "noncurrentVersionExpiration")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if VAULT not in resource.within:
        return
    for path, rule in each(props, "rules"):
        if rule is UNKNOWN:
            yield Undecided(path)
        elif mapping(rule).get("status") != "Disabled":
            for action in REMOVING:
                # A marker of a deletion is no version.
                if set(mapping(at(rule, action))) - {"expiredObjectDeleteMarker"}:
                    yield Violation(f"{path}.{action}", "set", "no rule removes versions of a vault bucket")


RULE = ResourceRule(
    id="vault-lifecycle-keeps-versions",
    title="No lifecycle rule of a vault bucket removes a version.",
    why="An expiry outlives the reason for which it was written: the day after the lock ends, the copy is gone.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "SI-12"),
        Framework.PCI_DSS: ("10.5.1",),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.10", "A.8.13"),
    },
    remedy="remove the action; who owns the vault deletes by hand, after the date",
    kinds=(AWS_LIFECYCLE,),
    check=_check,
)
