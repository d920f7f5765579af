"""What of a source is not taken, counted by cause, and how much of it may be lost before the run ends."""

from collections import Counter
from typing import Literal, get_args

from workloads.stage.app.error import StageError, shortened

Loss = Literal[
    "symlink",
    "special",
    "unreadable",
    "damaged",
    "not_utf8",
    "binary",
    "not_json",
    "no_text_field",
    "too_long",
]
"""What its owner will not have meant: a link, a pipe or device, what cannot be opened, what its own format calls
incomplete, other encodings, what is no text; a record that is no JSON, lacks the text field or is too long."""

Choice = Literal["empty", "duplicate", "over_max_bytes"]
"""What the recipe asks for: it counts as no loss."""

Cause = Loss | Choice

LOSSES: tuple[Loss, ...] = get_args(Loss)
REMEDY = "correct what the causes name, or raise `max_loss`"


class Lost(Exception):
    """What is being read cannot be taken."""

    def __init__(self, cause: Loss) -> None:
        super().__init__(cause)
        self.cause: Loss = cause


class NotTaken:
    """What was not taken: how often for each cause, and the first place of each."""

    def __init__(self) -> None:
        self.counts: Counter[Cause] = Counter()
        self._first: dict[Cause, str] = {}

    def add(self, cause: Cause, path: str, count: int = 1) -> None:
        if count:
            self.counts[cause] += count
            self._first.setdefault(cause, path)

    @property
    def lost(self) -> int:
        return sum(self.counts[cause] for cause in LOSSES)

    def __str__(self) -> str:
        # A file's name may hold a newline, or bytes that are no UTF-8; a message is one line of text.
        first = {cause: shortened(repr(path)) for cause, path in self._first.items()}
        shown = (f"{count} {cause} (first {first[cause]})" for cause, count in self.counts.items())
        return ", ".join(sorted(shown)) or "none"

    def require(self, max_loss: float, what: str, lost: int, found: int) -> None:
        """Raises StageError where more than the share `max_loss` of what was found is lost."""
        if lost > max_loss * found:
            rule = f"is at least the share of {what} lost, {lost} of {found}; not taken: {self}"
            raise StageError("recipe.ingest.max_loss", max_loss, rule, REMEDY)
