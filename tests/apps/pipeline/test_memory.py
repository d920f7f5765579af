"""A stage's memory does not grow with the length of a document or the size of a corpus."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apps.pipeline.conftest import KEYS, write_spec
from workloads.stage.app.store import Store

MIB = 1 << 20
LENGTH = 96 * MIB
MEASURED = """
import re, sys
from workloads.stage.app.attempt import run
from workloads.pipeline.app import {stage}
code = run("{stage}", {stage}.{stage})
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
sys.exit(code)
"""


def peak(stage: str, spec: Path) -> int:
    """Bytes of memory that a stage had at most; it has to finish.

    Not by getrusage: a process that was started by a larger one has that one's peak.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(stage=stage)],
        env={**os.environ, "STAGE_SPEC_FILE": str(spec)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1]) << 10


@pytest.mark.parametrize("lines", [True, False], ids=["lines", "one-line"])
def test_a_200_mb_document_took_951_mb_of_memory(account: Store, tmp_path: Path, corpus: Path, lines: bool) -> None:
    paragraph = b"Gr\xc3\xbc\xc3\x9fe an alle, die lange Dokumente haben." + (b"\n\n" if lines else b" ")
    with (corpus / "long.txt").open("wb") as file:
        for _ in range(LENGTH // (len(paragraph) * 1024)):
            file.write(paragraph * 1024)
    (corpus / "short.txt").write_text("short")
    recipe = {"source": str(corpus), "max_bytes": 2 * LENGTH, "snapshot": "", "text_field": "text", "max_loss": 0}
    ingested = peak("ingest", write_spec(tmp_path, "ingest", {}, recipe))
    cleaned = peak("clean", write_spec(tmp_path, "clean", {"ingest": KEYS["ingest"]}, {"held_out": 0.5}))
    # 64 and 67 MiB, most of which is the interpreter and its libraries; it was more than four times the document.
    assert max(ingested, cleaned) < LENGTH
