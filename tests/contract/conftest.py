"""Gives the tests of a table their cases: what keeps one from being shown is said in the table."""

from typing import cast

import pytest

from tests.contract.life import TypeContract


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
