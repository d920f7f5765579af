"""What keeps a stack from being recovered, in words for its user."""

from components.errors import FactoryError


class RecoveryError(FactoryError):
    """One message that says what is wrong and what to do."""
