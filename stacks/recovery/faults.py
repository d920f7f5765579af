"""What keeps a stack from being recovered, in words for its user."""


class RecoveryFault(Exception):
    """One message that says what is wrong and what to do."""
