"""As whom AWS is asked: by the files of the environment that deploys, not by those of whoever runs the command."""

from pathlib import Path

import pytest

from cli.drift.aws import Aws
from components.preflight.questions import NoAnswer

SETTINGS = {"profile": "vault", "region": "eu-central-1", "endpoints": '[{"s3": "http://127.0.0.1:9"}]'}


def files(folder: Path, profile: str) -> dict[str, str]:
    for name, title in (("credentials", profile), ("config", f"profile {profile}")):
        (folder / name).write_text(f"[{title}]\naws_access_key_id = {profile}-key\naws_secret_access_key = it\n")
    return {
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_CONFIG_FILE": str(folder / "config"),
    }


def test_the_profile_and_the_files_of_the_environment_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-else")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "it")
    client = Aws(SETTINGS, files(tmp_path, "vault")).s3
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "eu-central-1"
    signed = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    assert "vault-key" in signed


def test_a_profile_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="vault"):
        _ = Aws(SETTINGS, files(tmp_path, "another")).s3
