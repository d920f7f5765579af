"""What a user can remedy, in one line."""


class StageFault(Exception):
    """A fault of what a stage was given; it ends the stage with one line and no traceback."""

    def __init__(self, path: str, value: object, rule: str, remedy: str) -> None:
        # repr tells "" from nothing; a newline in a value must not break the line.
        super().__init__(f"{path} = {value!r}: {rule}; {remedy}".replace("\n", " "))
