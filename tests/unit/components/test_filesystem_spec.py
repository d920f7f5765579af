"""Filesystem: sizes that FSx makes, and the remedy where it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.filesystem.args import FilesystemArgs
from components.filesystem.spec import FilesystemSpec
from components.violations import SpecError


def lustre(size: int) -> FilesystemArgs:
    return {"size_gib": size, "namespace": "factory", "lustre": {"subnet_id": "subnet-1", "security_group_id": "sg-1"}}


@pytest.mark.parametrize(("size", "nearest"), [(100, 1200), (1199, 1200), (1201, 2400), (2401, 4800)])
def test_the_remedy_is_the_smallest_size_that_is_valid(size: int, nearest: int) -> None:
    with pytest.raises(SpecError, match=f"; set {nearest}$"):
        FilesystemSpec.parse(lustre(size))


@given(size=st.integers(1, 100_000))
def test_what_the_remedy_says_is_taken(size: int) -> None:
    try:
        FilesystemSpec.parse(lustre(size))
    except SpecError as error:
        output = int(str(error).rpartition("set ")[2])
        assert output >= size
        assert FilesystemSpec.parse(lustre(output)).size_gib == output
