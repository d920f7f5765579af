"""What the vault keeps, it keeps as long as the floor asks."""

from policies.expect import at_least, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, at, number
from policies.rule import Config, Findings, ResourceRule, Severity, count
from policies.types import AWS_LOCK, OWN_BUCKET, VAULT

DAYS = count("days", 183, "Days that an object is kept at least: 183 by the EU AI Act, 365 by PCI DSS.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    if resource.kind == VAULT:
        yield from expect(props, "retention_days", at_least(DAYS.of(config)), _rule(config))
    elif VAULT in resource.within and resource.kind == OWN_BUCKET:
        yield from expect(props, "defaultRetentionDays", at_least(DAYS.of(config)), _rule(config))
    elif VAULT in resource.within and not number(at(props, "rule.defaultRetention.years")):
        yield from expect(props, "rule.defaultRetention.days", at_least(DAYS.of(config)), _rule(config))


def _rule(config: Config) -> str:
    return f"an object is kept {DAYS.of(config)} days or more"


RULE = ResourceRule(
    id="vault-retention-floor",
    title="What the vault keeps, it keeps as long as the floor asks.",
    why=(
        "Logs of a high-risk system are kept six months or more by law, others longer by contract: a "
        "shorter default loses them."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AU-11", "SI-12"),
        Framework.PCI_DSS: ("10.5.1", "3.2.1"),
        Framework.SOC_2: ("C1.1",),
        Framework.ISO_27001: ("A.5.33", "A.5.28"),
        Framework.EU_AI_ACT: ("18(1)", "19(1)", "26(6)"),
        Framework.ISO_42001: ("A.6.2.8",),
    },
    remedy="raise the retention, or lower the floor by configuration with its reason",
    settings=(DAYS,),
    advisory_because="the floor is the law's and the owner's; the examples of one machine keep a day",
    kinds=(
        VAULT,
        OWN_BUCKET,
        AWS_LOCK,
    ),
    check=_check,
)
