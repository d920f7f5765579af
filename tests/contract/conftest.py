"""The API server that contracts are tested against."""

from collections.abc import Generator

import pytest

from tests import control_plane
from tests.control_plane import ControlPlane


@pytest.fixture(scope="module")
def cluster() -> Generator[ControlPlane]:
    """A control plane without nodes; each test works in a namespace of its own."""
    with control_plane.serving() as made:
        yield made
