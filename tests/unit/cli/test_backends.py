"""Where Pulumi keeps each layer's state is configuration, judged before the engine is asked."""

from pathlib import Path

import pytest

from cli import backends
from components.violations import SpecError

GOOD = """
vault: {backend: "s3://state-vault?region=eu-west-1&profile=vault", secretsProvider: "awskms:///alias/vault?region=eu-west-1"}
platform: {backend: "s3://state?region=eu-west-1", secretsProvider: hashivault://aifactory}
workloads: {backend: "s3://state?region=eu-west-1", secretsProvider: passphrase}
"""


def written(folder: Path, content: str) -> Path:
    path = folder / "onprem.backends.yaml"
    path.write_text(content)
    return path


def violations(path: Path) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        backends.read(path)
    return {violation.path: str(violation) for violation in caught.value.violations}


def test_without_a_file_state_stays_where_the_command_runs(tmp_path: Path) -> None:
    assert backends.read(tmp_path / "onprem.backends.yaml") == {}


def test_each_layer_has_its_own(tmp_path: Path) -> None:
    found = backends.read(written(tmp_path, GOOD))
    assert {layer: backend.secrets_provider.partition(":")[0] for layer, backend in found.items()} == {
        "vault": "awskms",
        "platform": "hashivault",
        "workloads": "passphrase",
    }


def test_the_vaults_state_is_kept_apart(tmp_path: Path) -> None:
    output = violations(
        written(tmp_path, GOOD.replace("state-vault?region=eu-west-1&profile=vault", "state?region=eu-west-1"))
    )
    assert set(output) == {"platform.backend", "workloads.backend"}


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    content = "vault: {backend: ftp://x, secretsProvider: none, colour: red}\nplatforms: {}\n"
    output = violations(written(tmp_path, content))
    assert {"vault.backend", "vault.secretsProvider", "vault.colour", "platforms", "platform"} <= set(output)
    assert "make bootstrap" in output["vault.backend"]


def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    output = violations(written(tmp_path, GOOD.replace("s3://state-vault?", "postgres://u:hunter2@db/state?")))
    assert "hunter2" not in "".join(output.values())
    assert set(output) == {"vault.backend"}


def test_what_is_no_yaml_is_one_line(tmp_path: Path) -> None:
    assert "the file is YAML" in violations(written(tmp_path, "vault: ["))["file"]
