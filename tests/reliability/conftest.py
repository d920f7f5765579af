"""The lab of the long forms; the same as that of the lab's tests."""

from tests.lab.conftest import home, lab, profiles

__all__ = ["home", "lab", "profiles"]
