"""One difference between what was deployed and what stands, and what is said of it."""

from dataclasses import dataclass

from cli.drift.shown import one_line, secret_in, shown
from cli.drift.weakening import weakened

WEAKENED, CHANGED = "weakens protection", "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One property of a resource, or the resource itself."""

    stack: str
    """`ENV.LAYER`."""
    type: str
    """Type token, e.g. `aws:kms/key:Key`."""
    name: str
    """As the program names it, or as it is named where nobody declared it."""
    path: str
    """The property, e.g. `spec.hard.pods`; "" for the resource itself."""
    declared: object = None
    """None where nothing is declared."""
    found: object = None
    """None where nothing is found."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two of them one, whoever saw it."""
        return self.stack, self.type, self.name, self.path


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A difference in words; its values are none that a reader must not see."""

    stack: str
    type: str
    name: str
    path: str
    declared: str
    found: str
    reason: str
    """What is less protected now; "" where nothing is."""

    @classmethod
    def of(cls, one: Difference) -> "Finding":
        """Judges it, and hides what is secret."""
        hidden = secret_in(one.type, one.path, one.declared) or secret_in(one.type, one.path, one.found)
        absent = ("deployed", "gone") if one.declared is not None else ("not declared", "present")
        both = (shown(one.declared, hidden=hidden), shown(one.found, hidden=hidden)) if one.path else absent
        return cls(
            stack=one.stack,
            type=one.type,
            # Names, keys and what a policy says may be a stranger's words.
            name=one_line(one.name),
            path=one_line(one.path),
            declared=both[0],
            found=both[1],
            reason=one_line(weakened(one.type, one.path, one.declared, one.found)),
        )

    @property
    def verdict(self) -> str:
        """`weakens protection` or `changed`."""
        return WEAKENED if self.reason else CHANGED

    def __str__(self) -> str:
        what = f"{self.path}: " if self.path else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{self.stack}  {self.type}  {self.name}  {what}{self.declared} -> {self.found}  [{self.verdict}{why}]"

    def document(self) -> dict[str, str]:
        """As `--json` prints it."""
        return {
            "stack": self.stack,
            "type": self.type,
            "name": self.name,
            "property": self.path,
            "declared": self.declared,
            "found": self.found,
            "verdict": self.verdict,
            "reason": self.reason,
        }
