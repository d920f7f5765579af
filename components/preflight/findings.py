"""What a check found, in a form that a table, a document and a preview's error are made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from components.violations import SpecError, Violation, Violations


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_JUDGED = "not judged"
    """AWS did not say: access is denied, the call is not served here, or another check has to pass first."""
    SKIPPED = "skipped"
    """It failed, and the user said that this check does not count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one check found about one thing."""

    check: str
    """Name of the check, e.g. `quota`."""
    subject: str = ""
    """What it looked at where there are several, e.g. the name of a pool."""
    state: State
    value: str = ""
    """What was asked about, as its user wrote it."""
    message: str
    """What was found; of a failed check the rule that is broken."""
    remedy: str = ""
    """What to request or to change."""

    @property
    def name(self) -> str:
        return f"{self.check}:{self.subject}" if self.subject else self.check

    def document(self) -> dict[str, str]:
        """As `--json` prints it."""
        return {
            "check": self.check,
            "subject": self.subject,
            "state": self.state.value,
            "value": self.value,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class About:
    """One check on one thing: makes its findings."""

    check: str
    subject: str = ""
    value: str = ""

    def ok(self, message: str) -> Finding:
        return Finding(check=self.check, subject=self.subject, state=State.OK, value=self.value, message=message)

    def failed(self, message: str, remedy: str) -> Finding:
        return Finding(
            check=self.check,
            subject=self.subject,
            state=State.FAILED,
            value=self.value,
            message=message,
            remedy=remedy,
        )

    def not_judged(self, message: str) -> Finding:
        return Finding(
            check=self.check, subject=self.subject, state=State.NOT_JUDGED, value=self.value, message=message
        )


def overridden(findings: Sequence[Finding], skip: Mapping[str, str], checks: Iterable[str]) -> tuple[Finding, ...]:
    """The findings with those that failed and are named in `skip` (name of a check or of one finding -> why) set aside.

    Overridable, because a check that is stricter than AWS must not keep a user from what AWS would give
    (GoogleCloudPlatform/cluster-toolkit#4492 had to be reverted). Raises SpecError for a name that no check has: it would
    override nothing, and its user would think otherwise.
    """
    names = {finding.name for finding in findings}
    known = set(checks) | names
    violations = Violations("Preflight")
    for name in skip:
        violations.unless(
            name in known, "skip", name, "a check that is skipped exists", f"one of {', '.join(sorted(known))}"
        )
    violations.raise_if_any()
    return tuple(_overridden(finding, skip) for finding in findings)


def _overridden(finding: Finding, skip: Mapping[str, str]) -> Finding:
    given = [name for name in (finding.name, finding.check) if name in skip]
    if finding.state is not State.FAILED or not given:
        return finding
    why = f"skipped ({skip[given[0]]})" if skip[given[0]] else "skipped"
    return replace(finding, state=State.SKIPPED, message=f"{why}: {finding.message}")


def failed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.state is State.FAILED)


def raise_if_failed(findings: Iterable[Finding]) -> None:
    """Raises SpecError with every failed check: how a preview ends on them."""
    found = failed(findings)
    if found:
        raise SpecError(
            "Preflight",
            tuple(Violation(finding.name, finding.value, finding.message, finding.remedy) for finding in found),
        )
