"""The whole way for real: a trained model that answers, what changes when something changes, down, and up again.

The tests run in the order of this file: bringing a lab up takes minutes, so they share one.
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import cast
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from host.cache import REPOSITORY
from lab.node_groups.nodes import SIMULATED
from tests.lab.conftest import RECIPE, Document, Lab, recipe_with
from tests.support.engine import Stack

ABSENT_IMAGE = """
import pulumi
from pulumi_kubernetes import Provider, apps

container = {{"name": "main", "image": "localhost/absent@sha256:" + "0" * 64}}
labels = {{"app": "absent"}}
apps.v1.Deployment(
    "absent",
    metadata={{"name": "absent", "namespace": "factory", "annotations": {{"pulumi.com/timeoutSeconds": "15"}}}},
    spec={{
        "selector": {{"match_labels": labels}},
        "template": {{"metadata": {{"labels": labels}}, "spec": {{"containers": [container]}}}},
    }},
    opts=pulumi.ResourceOptions(provider=Provider("lab", kubeconfig="{kubeconfig}")),
)
"""
STAGES = ["ingest", "clean", "train", "evaluate", "register", "protect"]


def part(document: Document, name: str) -> Document:
    return cast("Document", document[name])


def rows(document: Document, name: str) -> list[Document]:
    return cast("list[Document]", document[name])


def states(status: Document) -> dict[str, str]:
    return {str(stage["name"]): str(stage["state"]) for stage in rows(part(status, "run"), "stages")}


def leftovers(home: Path) -> list[str]:
    name = str(json.loads((home / "state" / "identity.json").read_text())["name"])
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/aifactory-{name}")]
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(home) in line]
    output = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    running = [line for line in output.splitlines() if str(home) in line]
    return [*groups, *mounts, *running]


def eventually(holds: Callable[[], bool], seconds: int = 180) -> bool:
    """Whether `holds` comes to hold."""
    waited = Event()
    for _ in range(seconds):
        if holds():
            return True
        waited.wait(1)
    return False


def complete(lab: Lab, prompt: str) -> tuple[str, str]:
    """The model's answer, and the id that it is on record by."""
    serving = part(lab.status(), "serving")
    connection = http.client.HTTPConnection(urlsplit(str(serving["endpoint"])).netloc, timeout=60)
    body = json.dumps({"model": "aifactory", "prompt": prompt, "max_tokens": 8})
    key = Path(str(serving["key_file"])).read_text()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    connection.request("POST", "/v1/completions", body, headers)
    answer = connection.getresponse()
    output = answer.read().decode()
    connection.close()
    assert answer.status == 200, output
    return str(json.loads(output)["choices"][0]["text"]), str(answer.headers["x-request-id"])


def test_up_ends_with_a_model_that_answers(lab: Lab) -> None:
    output = lab.up()
    assert "perplexity" in output
    assert "3-2-1-1-0: weights lacks an air-gapped copy" in output
    status = lab.status()
    services = lab.services()
    assert [name for name, one in services.items() if not one["healthy"] or not one["pid"]] == []
    assert set(part(status, "stacks")) == {"lab.vault", "lab.platform", "lab.workloads"}
    assert states(status) == dict.fromkeys(STAGES, "succeeded")
    model = part(status, "model")
    assert model["signed"] is True
    assert cast("float", model["perplexity"]) < cast("float", model["baseline_perplexity"])
    assert part(status, "serving")["model_digest"] == model["digest"]
    for row in rows(status, "protection")[:3]:
        assert (row["copies"], row["stores"], row["off_site"], row["errors"]) == (3, 3, True, 0)
        assert row["air_gapped"] is False
        assert datetime.fromisoformat(str(row["locked_until"])) > datetime.now(UTC)


def test_mlflow_is_reached_with_the_clusters_login_alone(lab: Lab) -> None:
    services = json.loads(lab.kubectl("get", "services", "--output", "json").stdout)["items"]
    kinds = {service["metadata"]["name"]: service["spec"]["type"] for service in services}
    assert kinds["mlflow"] == "ClusterIP"
    proxied = "/api/v1/namespaces/factory/services/mlflow:5000/proxy/health"
    assert lab.kubectl("get", "--raw", proxied).stdout == "OK"
    nobody = lab.kubectl("get", "--raw", proxied, "--as", "nobody")
    assert "Forbidden" in nobody.stderr


def test_the_lab_has_a_name_for_its_own_address(lab: Lab) -> None:
    # Servers ask for it when they start, and without it each would wait for a name server that may not be reached.
    moto = lab.services()["moto"]
    asked = ("getent", "hosts", str(urlsplit(str(moto["endpoint"])).hostname))
    inside = ("nsenter", "--target", str(moto["pid"]), "--mount", "--net")
    output = subprocess.run([*inside, *asked], capture_output=True, text=True, check=False)
    assert "aifactory-lab-" in output.stdout, output.stderr


def test_the_runs_pods_completed_on_the_real_node(lab: Lab) -> None:
    pods = json.loads(lab.kubectl("get", "pods", "--output", "json", "--selector", "aifactory/stage").stdout)["items"]
    finished = {pod["metadata"]["labels"]["aifactory/stage"] for pod in pods if pod["status"]["phase"] == "Succeeded"}
    assert finished == set(STAGES)
    real = json.loads(lab.kubectl("get", "nodes", "--output", "json", "--selector", f"!{SIMULATED}").stdout)["items"]
    assert {pod["spec"]["nodeName"] for pod in pods} == {node["metadata"]["name"] for node in real}
    # The declared pools stand beside it, two nodes each, and the run went on as before.
    pools = lab.kubectl("get", "nodes", "--output", "name", "--selector", SIMULATED).stdout.split()
    assert (len(real), len(pools)) == (1, 4)


def test_an_answer_is_on_record_in_the_vault_and_stays_there(lab: Lab) -> None:
    serving = part(lab.status(), "serving")
    _, request = complete(lab, "import os\n")
    vault, prefix = lab.store("vault"), f"inference-logs/{serving['model_digest']}/"

    def on_record() -> list[dict[str, str]]:
        listed = vault.list_object_versions(Bucket="vault", Prefix=prefix).get("Versions", [])
        return [
            item
            for item in listed
            if request.encode() in vault.get_object(Bucket="vault", Key=item["Key"])["Body"].read()
        ]

    assert eventually(lambda: bool(on_record()), seconds=60)
    found = on_record()
    assert len(found) == 1
    with pytest.raises(ClientError):
        vault.delete_object(
            Bucket="vault", Key=found[0]["Key"], VersionId=found[0]["VersionId"], BypassGovernanceRetention=True
        )


def test_a_vault_object_outlives_the_root_of_its_store(lab: Lab) -> None:
    vault, until = lab.store("vault"), datetime.now(UTC) + timedelta(minutes=10)
    put = vault.put_object(
        Bucket="vault", Key="test/kept", Body=b"kept", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )
    with pytest.raises(ClientError):
        vault.delete_object(Bucket="vault", Key="test/kept", VersionId=put["VersionId"], BypassGovernanceRetention=True)
    assert vault.get_object(Bucket="vault", Key="test/kept")["Body"].read() == b"kept"


def test_a_model_with_one_byte_changed_is_not_served(home: Path, lab: Lab) -> None:
    model = str(part(lab.status(), "serving")["model_digest"])
    objects, path = lab.store("objects"), f"models/{model}/model.json"
    manifest = json.loads(objects.get_object(Bucket="objects", Key=path)["Body"].read())
    weights = next(str(item["object"]) for item in manifest["files"] if str(item["name"]).endswith(".safetensors"))
    public = lab.kubectl("get", "configmap", "signing-public", "--output", "jsonpath={.data.public\\.pem}").stdout
    # The gateway reaches no models; what fetches does, by an account of its own.
    files = {name: (home / "credentials" / "stores-serving" / name).read_text() for name in ("credentials", "config")}
    script = (
        f"echo '{files['credentials']}' > /tmp/credentials; echo '{files['config']}' > /tmp/config; "
        "export AWS_SHARED_CREDENTIALS_FILE=/tmp/credentials AWS_CONFIG_FILE=/tmp/config; "
        f"echo '{public}' > /tmp/public.pem; MODEL_DIGEST={model} MODEL_DIR=/tmp/fetched "
        "SIGNING_PUBLIC_KEY_FILE=/tmp/public.pem python3 -m workloads.inference.app.fetch; "
        "status=$?; ls /tmp/fetched; exit $status"
    )
    fetch = ("exec", "deployment/serving", "--container", "gateway", "--", "sh", "-c", script)
    for changed in (weights, path):
        whole = objects.get_object(Bucket="objects", Key=changed)["Body"].read()
        objects.put_object(Bucket="objects", Key=changed, Body=whole[:-1] + bytes([whole[-1] ^ 1]))
        refused = lab.kubectl(*fetch)
        objects.put_object(Bucket="objects", Key=changed, Body=whole)
        assert "the model is not served" in refused.stderr
        assert "exit code 3" in refused.stderr
        assert "safetensors" not in refused.stdout
    assert lab.kubectl(*fetch).returncode == 0


def test_a_deployment_whose_image_is_absent_is_explained_by_its_pods(home: Path, tmp_path: Path, lab: Lab) -> None:
    stack = Stack(folder=tmp_path)
    stack.program(ABSENT_IMAGE.format(kubeconfig=home / "credentials" / "kubeconfig-admin"))
    stack.init()
    output = stack.fails("up", "--yes", "--skip-preview", "--stack", "dev")
    assert "localhost/absent" in output
    # It was made, so the engine knows of it and removes it.
    stack.succeeds("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert lab.kubectl("get", "deployment", "absent", "--ignore-not-found", "--output", "name").stdout == ""


def test_services_that_are_killed_come_back(lab: Lab) -> None:
    before = {name: one["pid"] for name, one in lab.services().items()}
    for pid in before.values():
        os.kill(int(str(pid)), signal.SIGKILL)

    def back() -> bool:
        after = lab.services()
        return all(one["healthy"] and one["pid"] not in (None, before[name]) for name, one in after.items())

    assert eventually(back), lab.services()
    # The model is there again, and answers.
    assert eventually(lambda: bool(lab.status()["serving"]))
    assert complete(lab, "import os\n")[0]
    # moto forgot what it held: it is noticed, and made again.
    output = lab.up()
    assert re.search(r"lab\.platform: (.*, )?\d+ created", output), output
    assert "lab.vault: 10 unchanged" in output


def test_an_unchanged_up_changes_nothing(lab: Lab) -> None:
    lines = [line for line in lab.up().splitlines() if line.startswith("lab.")]
    assert [line.split(": ")[1].split(" ", 1)[1] for line in lines] == ["unchanged"] * 3


def test_what_is_deployed_breaks_no_mandatory_rule(lab: Lab) -> None:
    done = lab.run("audit", "--json")
    audited = cast("list[Document]", json.loads(done.stdout))
    assert {str(one["stack"]) for one in audited} == {"lab.vault", "lab.platform", "lab.workloads"}
    found = [
        f"{row['rule']}: {row['urn']}"
        for one in audited
        for row in rows(one, "findings")
        if row["level"] == "mandatory"
    ]
    assert (done.returncode, found) == (0, [])


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path.name}: {old}"
    path.write_text(text.replace(old, new, 1))


def test_one_comment_tells_what_a_branch_changes(lab: Lab, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(REPOSITORY, clone, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    platform = clone / "stacks" / "config" / "Pulumi.lab.platform.yaml"
    # (a) a pool shrinks, (b) a vault loses its lock, (c) another learning rate, (d) a group is opened, (e) a zone is added.
    changed(platform, 'gpuNodes: "2"', 'gpuNodes: "1"')
    changed(platform, "us-east-1a,us-east-1b", "us-east-1a,us-east-1b,us-east-1c")
    changed(platform, "10.64.0.0/16", "10.64.0.0/16,10.65.0.0/16")
    changed(
        clone / "components" / "vault" / "component.py",
        "            object_lock=True,\n",
        "            object_lock=False,\n",
    )
    group = clone / "components" / "network" / "node_security.py"
    changed(group, "referenced_security_group_id=group.id", "cidr_ipv4=ANYWHERE")
    recipe = recipe_with(tmp_path, "train", "learning_rate", 0.004)
    out = tmp_path / "preview"
    done = lab.run("preview", "--recipe", str(recipe), "--format", "md,json,sarif", "--out", str(out), clone=clone)
    assert done.returncode == 1, done.stdout + done.stderr
    text, whole = Path(f"{out}.md").read_text(), cast("Document", json.loads(Path(f"{out}.json").read_text()))
    assert whole["verdict"] == "blocked"
    assert "scalingConfig.desiredSize: 2 → 1" in text
    assert "only a bucket with objectLock can retain objects" in text
    assert "train.learning_rate" in text
    assert [stage["name"] for stage in rows(whole, "stages")] == ["train", "evaluate", "register", "protect"]
    broken = {str(row["rule"]): str(row["place"]) for row in rows(whole, "violations") if row["level"] == "mandatory"}
    assert broken["vpc-group-no-world-ingress"].startswith("components/network/node_security.py:")
    assert "storage-vault-lock" in broken
    created = [
        str(row["urn"])
        for layer in rows(whole, "layers")
        for row in rows(layer, "changes")
        if row["operation"] == "create"
    ]
    assert any("us-east-1c" in urn for urn in created)
    # Nothing of it was done.
    assert [line.split(": ")[1].split(" ", 1)[1] for line in lab.up().splitlines() if line.startswith("lab.")] == [
        "unchanged"
    ] * 3


def test_a_comment_in_the_code_of_evaluation_runs_evaluation_and_what_follows(lab: Lab, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(REPOSITORY, clone, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    code = clone / "workloads" / "evaluation" / "app" / "evaluate.py"
    code.write_text(f"{code.read_text()}# A comment.\n")
    previewed = lab.run("preview", "--recipe", str(RECIPE), clone=clone)
    assert "will run evaluate, register, protect; ingest, clean, train stand" in previewed.stdout, previewed.stderr


def test_another_learning_rate_runs_what_depends_on_it(lab: Lab, tmp_path: Path) -> None:
    before = part(lab.status(), "model")["digest"]
    other = recipe_with(tmp_path, "train", "learning_rate", 0.004)
    previewed = lab.run("preview", "--recipe", str(other))
    assert "will run train, evaluate, register, protect; ingest, clean stand" in previewed.stdout
    assert part(lab.status(), "model")["digest"] == before
    lab.up(other)
    status = lab.status()
    assert states(status) == {
        **dict.fromkeys(("ingest", "clean"), "reused"),
        **dict.fromkeys(("train", "evaluate", "register", "protect"), "succeeded"),
    }
    assert part(status, "serving")["model_digest"] == part(status, "model")["digest"] != before
    # Back again: everything of that run stands.
    assert "nothing runs" in lab.run("preview", "--recipe", str(RECIPE)).stdout


def test_down_leaves_nothing_and_up_comes_back_with_the_same_model(lab: Lab, home: Path) -> None:
    before, endpoint = part(lab.status(), "run"), str(part(lab.status(), "serving")["endpoint"])
    pods = lab.kubectl("get", "pods", "--output", "name", "--selector", "aifactory/stage").stdout
    assert lab.run("down").returncode == 0
    assert leftovers(home) == []
    # The run before the last: its model is served again, and nothing is trained.
    port = int(urlsplit(endpoint).port or 0)
    with socket.create_server(("127.0.0.1", port)):
        output = lab.up()
    # moto forgot what it held, so the platform is made again; the vault stands.
    assert "lab.vault: 10 unchanged" in output
    status = lab.status()
    assert part(status, "run")["digest"] != before["digest"]
    assert states(status) == dict.fromkeys(STAGES, "succeeded")
    assert part(status, "serving")["model_digest"] == part(status, "model")["digest"]
    # Its port was another program's meanwhile.
    assert str(part(status, "serving")["endpoint"]) != endpoint
    assert lab.kubectl("get", "pods", "--output", "name", "--selector", "aifactory/stage").stdout == pods
    assert lab.run("down").returncode == 0
    assert leftovers(home) == []


@pytest.mark.parametrize(("section", "key", "value"), [("train", "learning_rate", 0), ("train", "steps", -1)])
def test_a_recipe_that_cannot_be_is_one_message(lab: Lab, tmp_path: Path, section: str, key: str, value: int) -> None:
    done = lab.run("up", "--recipe", str(recipe_with(tmp_path, section, key, value)))
    assert done.returncode == 1
    assert f"{section}.{key} = {value}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unwritable_folder_is_one_message(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = Lab(blocked / "lab").run("up")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "AIFACTORY_HOME" in done.stderr
