"""The one error that the lab's command line shows to its user."""


class LabError(Exception):
    """A fault that its reader can remedy: the message says what is wrong and what to do."""
