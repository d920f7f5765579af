"""Violations while work is being done: what must be lost is said, what must not is there. Long: `make reliability` runs it."""

import concurrent.futures
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
import yaml

from tests.lab.conftest import RECIPE, Document, Lab, recipe_with
from tests.lab.machine import Machine
from tests.lab.test_lab import complete, eventually, part, rows, states

CLIENTS, ANSWERS = 8, 25


@pytest.fixture(scope="module", autouse=True)
def up(lab: Lab) -> None:
    lab.up()


def ended(process: subprocess.Popen[str]) -> str:
    """What a command said that must succeed."""
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def checkpoints(lab: Lab) -> list[Path]:
    return sorted((lab.home / "state" / "shared" / "checkpoints").glob("*/step-*"))


def workers(lab: Lab) -> list[int]:
    """Process ids, on the machine, of what trains in this lab's pods."""
    name = str(json.loads((lab.home / "state" / "identity.json").read_text())["name"])
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command, groups = (path / "cmdline").read_bytes(), (path / "cgroup").read_text()
        except OSError:
            continue
        if b"workloads.training.app.train" in command and f"aifactory-{name}" in groups:
            found.append(int(path.name))
    return found


def trained(lab: Lab) -> Document:
    """What the training stage of the declared run measured."""
    key = next(str(stage["key"]) for stage in rows(part(lab.status(), "run"), "stages") if stage["name"] == "train")
    body = lab.store("objects").get_object(Bucket="objects", Key=f"stages/train/{key}/manifest.json")["Body"].read()
    return cast("Document", json.loads(body)["metrics"])


def test_a_kubelet_that_is_killed_during_training_changes_nothing(lab: Lab, tmp_path: Path) -> None:
    running = lab.begin("up", "--recipe", str(recipe_with(tmp_path, "train", "seed", 18)))
    assert eventually(lambda: bool(checkpoints(lab)))
    os.kill(int(str(lab.services()["kubelet"]["pid"])), signal.SIGKILL)
    ended(running)
    assert trained(lab)["steps"] == 80


def test_training_that_is_killed_resumes_and_passes_over_a_damaged_checkpoint(lab: Lab, tmp_path: Path) -> None:
    running = lab.begin("up", "--recipe", str(recipe_with(tmp_path, "train", "seed", 19)))
    assert eventually(lambda: len(checkpoints(lab)) >= 2)
    damaged = max(checkpoints(lab), key=lambda path: int(path.name.removeprefix("step-")))
    for pid in workers(lab):
        os.kill(pid, signal.SIGKILL)
    largest = max(damaged.iterdir(), key=lambda path: path.stat().st_size)
    os.truncate(largest, largest.stat().st_size // 2)
    ended(running)
    resumed = int(str(trained(lab)["resumed_after"]))
    assert 0 < resumed < int(damaged.name.removeprefix("step-"))


def test_a_vault_that_is_killed_during_protect_is_written_whole(lab: Lab, tmp_path: Path) -> None:
    running = lab.begin("up", "--recipe", str(recipe_with(tmp_path, "train", "seed", 20)))
    assert eventually(lambda: states(lab.status()).get("register") == "succeeded", seconds=400)
    for _ in range(3):
        pid = lab.services()["vault"]["pid"]
        if pid:
            os.kill(int(str(pid)), signal.SIGKILL)
    ended(running)
    for row in rows(lab.status(), "protection")[:3]:
        assert (row["copies"], row["errors"]) == (3, 0)


def test_a_run_without_names_for_a_while_goes_on(lab: Lab, tmp_path: Path) -> None:
    running = lab.begin("up", "--recipe", str(recipe_with(tmp_path, "train", "seed", 22)))
    # Stopped, not killed: the supervisor would start it again.
    pid = int(str(lab.services()["coredns"]["pid"]))
    assert eventually(lambda: states(lab.status()).get("train") == "running")
    os.kill(pid, signal.SIGSTOP)
    try:
        assert not eventually(lambda: running.poll() is not None, seconds=30)
    finally:
        os.kill(pid, signal.SIGCONT)
    ended(running)
    assert trained(lab)["steps"] == 80


def test_an_account_that_is_lost_while_it_is_deployed_to_is_made_again(lab: Lab) -> None:
    def kill() -> None:
        os.kill(int(str(lab.services()["moto"]["pid"])), signal.SIGKILL)

    kill()
    assert eventually(lambda: bool(lab.services()["moto"]["healthy"]))
    output = ""
    with lab.begin("up", "--recipe", str(RECIPE)) as running:
        assert running.stdout is not None
        for line in running.stdout:
            output += line
            if "...    pulumi: lab.platform" in line:
                kill()
    assert running.returncode in (0, 1), output
    assert "Traceback" not in output
    # Whatever that one came to, the next makes what is gone, and the one after that finds nothing to do.
    lab.up()
    lines = [line for line in lab.up().splitlines() if line.startswith("lab.")]
    assert [line.split(": ")[1].split(" ", 1)[1] for line in lines] == ["unchanged"] * 3


def test_a_stage_that_takes_too_much_memory_says_so_and_the_model_answers_on(lab: Lab, tmp_path: Path) -> None:
    lab.up()
    document = cast("dict[str, dict[str, object]]", yaml.safe_load(RECIPE.read_text()))
    # Its weights, gradients and moments alone are more than 2 GB.
    document["train"] |= {"layers": 12, "hidden": 1024, "heads": 16, "kv_heads": 16, "intermediate": 4096}
    cast("Document", document["resources"]["train"])["memory_gib"] = 1
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(document))
    done = lab.run("up", "--recipe", str(recipe))
    assert done.returncode == 1, done.stdout
    assert "OOMKilled" in done.stderr
    assert "resources.train.memory_gib" in done.stderr
    lab.up()
    assert complete(lab, "import os\n")[0]


def asked(endpoint: str, key: str, number: int) -> tuple[int, str]:
    """Status and request id of one answer; 0 where the connection broke."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=60)
    body = json.dumps({"model": "aifactory", "prompt": f"def f{number}(", "max_tokens": 16})
    try:
        connection.request(
            "POST", "/v1/completions", body, {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("x-request-id", "")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def test_a_model_server_that_is_killed_under_load_loses_no_record(lab: Lab) -> None:
    serving = part(lab.status(), "serving")
    endpoint, model = str(serving["endpoint"]), str(serving["model_digest"])
    key = Path(str(serving["key_file"])).read_text()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        asking = [clients.submit(asked, endpoint, key, number) for number in range(CLIENTS * ANSWERS)]
        asking[CLIENTS * 5].result()
        name = str(json.loads((lab.home / "state" / "identity.json").read_text())["name"])
        for path in Path("/proc").glob("[0-9]*"):
            try:
                mine = f"aifactory-{name}" in (path / "cgroup").read_text()
                if mine and b"vllm.entrypoints" in (path / "cmdline").read_bytes():
                    os.kill(int(path.name), signal.SIGKILL)
            except OSError:
                continue
        answers = [one.result() for one in asking]
    given = {request for status, request in answers if status == 200}
    assert given
    # Every client had an answer or an error.
    assert {status for status, _ in answers} - {200} <= {0, 500, 502, 503}
    assert eventually(lambda: bool(lab.status()["serving"]))
    vault = lab.store("vault")

    def recorded() -> set[str]:
        listed = vault.list_object_versions(Bucket="vault", Prefix=f"inference-logs/{model}/").get("Versions", [])
        bodies = [vault.get_object(Bucket="vault", Key=item["Key"])["Body"].read().decode() for item in listed]
        return set(re.findall(r'"request_id": "([0-9a-f]+)"', "".join(bodies)))

    assert eventually(lambda: given <= recorded(), seconds=60), given - recorded()


def test_two_labs_answer_their_own_models_and_leave_nothing(lab: Lab, tmp_path: Path) -> None:
    other = Lab(Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp")))
    before = Machine.now(other.home)
    try:
        other.up(recipe_with(tmp_path, "train", "seed", 21))
        models = [str(part(one.status(), "serving")["model_digest"]) for one in (lab, other)]
        assert models[0] != models[1]
    finally:
        other.run("down")
        shutil.rmtree(other.home)
    assert Machine.now(other.home).changes_since(before) == []


@pytest.mark.parametrize("step", ["service: containerd", "image: base", "pulumi: lab.vault", "pulumi: lab.platform"])
def test_an_up_that_is_killed_anywhere_leaves_nothing_after_down(step: str) -> None:
    killed = Lab(Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp")))
    before = Machine.now(killed.home)
    try:
        process = killed.begin("up", "--recipe", str(RECIPE))
        assert process.stdout is not None
        for line in process.stdout:
            if step in line:
                break
        process.kill()
        process.communicate()
        assert killed.run("down").returncode == 0
        assert Machine.now(killed.home).changes_since(before) == []
    finally:
        shutil.rmtree(killed.home)
