"""What ends a stage with one line and no traceback: what a user can remedy, and what may pass by itself."""

SHOWN = 200
"""Characters of a value that a message shows: a list of thousands of URLs would bury the rule."""


class StageError(Exception):
    """What a stage was given breaks a rule; the same input fails again."""

    def __init__(self, path: str, value: object, rule: str, remedy: str) -> None:
        # repr tells "" from nothing; a newline in a value must not break the line.
        super().__init__(f"{path} = {shortened(repr(value))}: {rule}; {remedy}".replace("\n", " "))


class Unavailable(Exception):
    """Something outside did not answer as it should; the stage fails, and another attempt may succeed."""


def shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"
