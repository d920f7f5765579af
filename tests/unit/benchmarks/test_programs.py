"""Both programs of the engine's benchmark declare the same, and the pods' scripts do what they say."""

import asyncio
import json
import runpy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest

from benchmarks import start, terraform, training
from benchmarks.pods import load
from benchmarks.record import NotAtHand
from benchmarks.stacks import PROGRAMS
from tests.support.flatten import untagged
from tests.unit.components.recorder import Recorder, declared
from workloads.plan import recipe_of

set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)


def program(name: str, kubeconfig: Path) -> Recorder:
    set_all_config({"project:endpoint": "http://127.0.0.1:1", "project:kubeconfig": str(kubeconfig)})
    return declared(lambda: runpy.run_path(str(PROGRAMS / name / "__main__.py")))


def made(recorder: Recorder) -> dict[tuple[str, str], Mapping[str, object]]:
    """What is made, without the tags of its owner."""
    return {
        (one.kind, one.name): untagged(one.inputs) for one in recorder.seen if not one.kind.startswith("aifactory:")
    }


def test_components_and_the_flat_program_declare_the_same(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("{}")
    ours, theirs = (made(program(name, tmp_path / "kubeconfig")) for name in ("components", "flat"))
    assert len(ours) > 60
    assert set(ours) == set(theirs), "run `python -m tests.support.flatten`"
    for key, inputs in ours.items():
        assert inputs == theirs[key], key


def test_terraform_declares_every_type_but_what_moto_lacks() -> None:
    source = terraform.MODULE.read_text()
    missing = [kind for kind in terraform.TYPES if f'resource "{kind}"' not in source]
    assert missing == []


def test_without_terraform_nothing_is_measured(tmp_path: Path) -> None:
    with pytest.raises(NotAtHand, match="no `terraform` on PATH"):
        terraform.Terraform.found({"PATH": str(tmp_path)})
    (tmp_path / "terraform").write_text("")
    (tmp_path / "terraform").chmod(0o755)
    with pytest.raises(NotAtHand, match="TF_PLUGIN_DIR"):
        terraform.Terraform.found({"PATH": str(tmp_path), "TF_PLUGIN_DIR": str(tmp_path)})


def test_the_provider_is_found_in_a_folder_laid_out_as_a_mirror(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("")
    (tmp_path / "terraform").chmod(0o755)
    plugin = tmp_path / "plugins/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5_x5"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("")
    found = terraform.Terraform.found({"PATH": str(tmp_path), "TF_PLUGIN_DIR": str(tmp_path)})
    assert (found.plugins, found.provider) == (tmp_path / "plugins", "5.100.0")


def test_the_training_script_is_python_and_its_pod_ends_by_itself() -> None:
    compile(training.SCRIPT.read_text(), str(training.SCRIPT), "exec")
    made = cast("dict[str, dict[str, object]]", training.manifest("bench", "image@sha256:1", recipe_of("lab", "")))
    assert made["spec"]["activeDeadlineSeconds"] == training.PATIENCE
    assert made["spec"]["restartPolicy"] == "Never"


def test_what_an_up_says_is_read_as_steps_and_changes() -> None:
    output = [
        "  ...    pulumi: lab.vault",
        "  done   pulumi: lab.vault 4.1 s",
        "  done   run 3ffdb4a2da12 1 min 2 s",
        "lab.vault: 12 unchanged",
        "lab.platform: ~ 1 updated, 20 unchanged",
    ]
    assert list(start.steps(output)) == [("pulumi: lab.vault", 4.1), ("run", 62.0)]
    assert [line for line in output if start.changes(line)] == ["lab.platform: ~ 1 updated, 20 unchanged"]


def test_the_load_script_asks_no_more_than_it_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            length = 0
            while head.strip():
                name, _, value = head.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                head = await reader.readline()
            asked.append(json.loads(await reader.readexactly(length)))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()

    async def both() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            asked: load.Asked = {
                "ports": {"gateway": port, "vLLM": port},
                "clients": [1, 3],
                "answers": [2, 5],
                "rounds": 2,
                "tokens": 16,
                "model": "aifactory",
                "limit": 20,
            }
            monkeypatch.setattr(sys, "argv", ["-", json.dumps(asked)])
            await load.main()

    asyncio.run(both())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["clients"], one["side"], len(one["latencies"])) for one in lines] == [
        *((1, side, 2) for side in ("gateway", "vLLM", "vLLM", "gateway")),
        *((3, side, 5) for side in ("gateway", "vLLM", "vLLM", "gateway")),
    ]
    assert len(asked) == 2 * 4 + 4 * 2 + 4 * 5
    assert len({str(one["prompt"]) for one in asked}) == len(asked)
