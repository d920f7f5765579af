"""What becomes of what a rule finds: level, exemption, rules that fail, and what is not shown."""

from datetime import date

import pytest

from policies.config import ConfigError, RuleConfig
from policies.judge import HIDDEN, Judge
from policies.pack import RULES
from policies.resource import UNKNOWN, PolicyResource
from policies.rule import Config, Findings, Level, ResourceRule, Rule, Severity, Violation
from policies.types import CONTROLLERS, KMS_KEY, VAULT

LOCK = RULES["storage-vault-lock"]
OPEN = PolicyResource(
    kind=VAULT, props={"object_lock": False}, urn=f"urn:pulumi:aws.vault::aifactory::{VAULT}::offsite"
)
TODAY = date(2026, 11, 28)


def judged(*rules: Rule, resource: PolicyResource = OPEN) -> list[tuple[Level, str]]:
    return [(one.level, one.message) for one in Judge(rules).resource(resource)]


def failing(error: Exception | None = None, value: str = "x") -> ResourceRule:
    def check(resource: PolicyResource, config: Config) -> Findings:
        if error is not None:
            raise error
        yield Violation("key", value, "the value is another")

    return ResourceRule(
        id="a-rule",
        title="A rule.",
        why="It is tested.",
        severity=Severity.LOW,
        frameworks={},
        remedy="mend it",
        kinds=(VAULT,),
        check=check,
    )


def test_a_violation_says_key_value_rule_and_remedy() -> None:
    ((level, message),) = judged(LOCK)
    assert level is Level.MANDATORY
    assert message == "object_lock is false: a vault bucket has Object Lock from its creation; set it"


def exempt(resource: str, expires: str) -> dict[str, str]:
    return {"resource": resource, "reason": "moved in January", "expires": expires}


def described(resource: str, expires: str) -> list[tuple[Level, str]]:
    config = RuleConfig.parse(LOCK, {"exemptions": [exempt(resource, expires)]})
    judge = Judge((LOCK,), today=lambda: TODAY, configs={LOCK.id: config})
    return [(one.level, one.message) for one in judge.resource(OPEN)]


@pytest.mark.parametrize("resource", ["offsite", "*::offsite", "off*", OPEN.urn])
def test_an_exempt_resource_is_named_and_stops_nothing(resource: str) -> None:
    ((level, message),) = described(resource, "2026-12-31")
    assert level is Level.ADVISORY
    assert message.endswith("(exempt until 2026-12-31: moved in January)")


def test_the_last_day_of_an_exemption_counts() -> None:
    assert described("offsite", "2026-11-28")[0][0] is Level.ADVISORY


def test_an_exemption_that_ended_counts_no_more_and_says_so() -> None:
    ((level, message),) = described("offsite", "2026-11-27")
    assert level is Level.MANDATORY
    assert message.endswith("(its exemption ended on 2026-11-27: renew it or mend it)")


def test_an_exemption_of_another_resource_changes_nothing() -> None:
    assert described("vault", "2026-12-31")[0][0] is Level.MANDATORY


@pytest.mark.parametrize(
    ("exemption", "line"),
    [
        (
            {"resource": "x", "expires": "2027-01-01"},
            "exemptions[0].reason = None: an exemption names a resource, a reason and its last day; write all three",
        ),
        (
            {"resource": "x", "reason": "y"},
            "exemptions[0].expires = None: an exemption names a resource, a reason and its last",
        ),
        ({"resource": "x", "reason": " ", "expires": "2027-01-01"}, "exemptions[0].reason = ' ': an exemption names"),
        (
            {"resource": "x", "reason": "y", "expires": "next year"},
            "exemptions[0].expires = 'next year': it is a day; write it as YYYY-MM-DD",
        ),
    ],
)
def test_an_exemption_without_reason_or_day_is_refused(exemption: dict[str, str], line: str) -> None:
    with pytest.raises(ConfigError) as error:
        RuleConfig.parse(LOCK, {"exemptions": [exemption]})
    assert f"storage-vault-lock.{line}" in str(error.value)


def test_a_setting_of_another_name_or_type_is_refused_with_all_others() -> None:
    with pytest.raises(ConfigError) as error:
        RuleConfig.parse(RULES["vault-retention-floor"], {"days": "many", "weeks": 1})
    lines = str(error.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "vault-retention-floor.days = 'many'",
        "vault-retention-floor.weeks = 1",
    ]
    assert all("; correct it in the pack's configuration" in line for line in lines)


def test_a_setting_changes_what_a_rule_asks() -> None:
    rule = RULES["vault-retention-floor"]
    resource = PolicyResource(kind=VAULT, props={"retention_days": 100})
    for days, count in ((100, 0), (101, 1)):
        judge = Judge((rule,), configs={rule.id: RuleConfig.parse(rule, {"days": days})})
        assert len(list(judge.resource(resource))) == count


@pytest.mark.parametrize(
    ("name", "level"), [("k8s-pod-limits", Level.ADVISORY), ("workload-image-digest", Level.MANDATORY)]
)
def test_a_controller_of_another_project_is_let_through_with_advice_where_it_has_to_be(name: str, level: Level) -> None:
    pod = {"spec": {"containers": [{"name": "main", "image": "image:latest"}]}}
    urn = f"urn:pulumi:aws.platform::aifactory::{CONTROLLERS}$kubernetes:core/v1:Pod::controllers-jobset"
    resource = PolicyResource(kind="kubernetes:core/v1:Pod", props=pod, urn=urn)
    found = judged(RULES[name], resource=resource)
    assert found
    assert {one for one, _ in found} == {level}
    assert all(
        ("advice: the controller is another project's" in message) is (level is Level.ADVISORY) for _, message in found
    )


def test_what_is_unknown_is_advice_once_a_resource() -> None:
    resource = PolicyResource(kind=KMS_KEY, props={"enableKeyRotation": UNKNOWN, "deletionWindowInDays": UNKNOWN})
    ((level, message),) = judged(RULES["kms-key-rotated"], resource=resource)
    assert level is Level.ADVISORY
    assert message == (
        "cannot be judged yet: enableKeyRotation, deletionWindowInDays is known only in the update, which judges again"
    )


def test_a_rule_that_fails_breaks_its_own_promise_and_no_other() -> None:
    broken = failing(ValueError("hunter2"))
    (first, message), (second, _) = judged(broken, LOCK)
    assert first is second is Level.MANDATORY
    assert message.startswith("rule a-rule is ValueError at test_judge.py:")
    assert message.endswith(
        "a rule that fails has judged nothing; report it, and exempt the resource until it is mended"
    )
    assert "hunter2" not in message


@pytest.mark.parametrize("secret", ["AKIAHUNTER2HUNTER2AB", "https://user:hunter2@example.org/"])
def test_a_value_that_looks_like_a_secret_is_not_shown(secret: str) -> None:
    ((_, message),) = judged(failing(value=secret))
    assert secret not in message
    assert HIDDEN in message


@pytest.mark.parametrize("level", list(Level))
def test_a_level_is_configured(level: Level) -> None:
    found = list(Judge((LOCK,), levels={LOCK.id: level}).resource(OPEN))
    assert [one.level for one in found] == ([] if level is Level.DISABLED else [level])
