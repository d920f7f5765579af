"""The API server that contracts are tested against, and the cases of tables: what keeps one from being shown is said there."""

from collections.abc import Generator
from typing import cast

import pytest

from tests.contract.life import TypeContract
from tests.support import control_plane
from tests.support.control_plane import ControlPlane


@pytest.fixture(scope="module")
def cluster() -> Generator[ControlPlane]:
    """A control plane without nodes; each test works in a namespace of its own."""
    with control_plane.serving() as made:
        yield made


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "shows(stage): a test of the cases whose table does not say why that stage lacks"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    tested = cast("type[object] | None", metafunc.cls)  # pyright: ignore[reportUnknownMemberType]
    if tested is None or not issubclass(tested, TypeContract) or "case" not in metafunc.fixturenames:
        return
    stages = {stage for mark in metafunc.definition.iter_markers("shows") for stage in mark.args}
    able = [case for case in tested.CASES if not stages & set(case.lacks)]
    metafunc.parametrize("case", able, ids=[case.name for case in able])
