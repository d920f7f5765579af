"""The root of every error whose message is for the user."""


class FactoryError(Exception):
    """A problem that its reader can remedy: the message says what is wrong and what to do."""
