"""A comment in a stage's code changes that stage's closure and no other's."""

import shutil
from pathlib import Path

from workloads.closure import code_digest
from workloads.keys import STAGES

REPOSITORY = Path(__file__).resolve().parents[3]


def digests(root: Path) -> dict[str, str]:
    return {stage.name: code_digest(root, stage.module) for stage in STAGES}


def test_a_comment_in_evaluation_changes_evaluation_alone(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "workloads", tmp_path / "workloads")
    before = digests(tmp_path)
    path = tmp_path / "workloads" / "evaluation" / "app" / "evaluate.py"
    path.write_text(path.read_text() + "# a comment\n")
    after = digests(tmp_path)
    assert [name for name in before if before[name] != after[name]] == ["evaluate"]
