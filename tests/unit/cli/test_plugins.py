"""Which language host and which plugins an engine finds, by where it came from and what its AWS is."""

import os
from pathlib import Path

import pytest

from cli.engine import plugins


def engine(folder: Path, *, official: bool) -> Path:
    for name in ("pulumi", *(["pulumi-language-python"] if official else [])):
        (folder / name).touch()
    return folder / "pulumi"


@pytest.mark.parametrize(
    ("official", "moto", "expected"),
    [
        (False, True, ["pulumi_plugin", "plugins"]),
        (False, False, ["pulumi_plugin", "plugins"]),
        # It has its own language host; moto answers less than the official plugin of AWS asks.
        (True, True, ["plugins"]),
        (True, False, []),
    ],
)
def test_an_engine_finds_what_it_has_not_got_itself(
    tmp_path: Path, official: bool, moto: bool, expected: list[str]
) -> None:
    folders = plugins(engine(tmp_path, official=official), moto=moto).split(os.pathsep)
    assert [Path(folder).parent.name for folder in folders[1:]] == expected
    assert Path(folders[0]).parent.name.startswith("pulumi-kubernetes-")
