"""What tests of several folders share."""

from collections.abc import Generator

import pytest

from tests import control_plane
from tests.control_plane import ControlPlane


@pytest.fixture(scope="session")
def cluster() -> Generator[ControlPlane]:
    """One control plane for every test that needs no nodes; each works in a namespace of its own."""
    with control_plane.serving() as made:
        yield made
