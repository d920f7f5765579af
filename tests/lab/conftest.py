"""One lab for all tests that need one, in a folder of its own, ended also when a test fails."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import boto3
import pytest
import yaml

from host.cache import REPOSITORY
from toolchain.install import Toolchain

RECIPE = Path(__file__).with_name("recipe.yaml")
Document = dict[str, object]


class Body(Protocol):
    def read(self) -> bytes: ...


class S3(Protocol):
    def put_object(self, **arguments: object) -> dict[str, str]: ...
    def delete_object(self, **arguments: object) -> object: ...
    def get_object(self, **arguments: object) -> dict[str, Body]: ...
    def list_object_versions(self, **arguments: object) -> dict[str, list[dict[str, str]]]: ...


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab, by its command line and by the ways its users have."""

    home: Path

    def run(self, *arguments: str, clone: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
        """A command, as it is typed in a clone of the repository."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=clone,
            env={**os.environ, "AIFACTORY_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is not waited for; what it says can be read as it says it."""
        # Where the tests run in the background, a shell had SIGINT ignored for all that they start.
        return subprocess.Popen(
            ["env", "--default-signal=INT", sys.executable, "-u", "-m", "cli", *arguments],
            env={**os.environ, "AIFACTORY_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def up(self, recipe: Path = RECIPE) -> str:
        """What a successful `up` says."""
        done = self.run("up", "--recipe", str(recipe))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self) -> Document:
        return cast("Document", json.loads(self.run("status", "--json").stdout))

    def services(self) -> dict[str, Document]:
        return cast("dict[str, Document]", self.status()["services"])

    def kubectl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kubeconfig = self.home / "credentials" / "kubeconfig-admin"
        command = [str(Toolchain().path("kubectl")), "--kubeconfig", str(kubeconfig), "--namespace", "factory"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    def store(self, name: str) -> S3:
        """A store with its own root credentials."""
        return cast("S3", boto3.Session(profile_name=name).client("s3"))


@pytest.fixture(scope="session")
def home() -> Generator[Path]:
    # Short, because unix sockets lie in it.
    folder = Path(tempfile.mkdtemp(prefix="aif-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def lab(home: Path) -> Generator[Lab]:
    made = Lab(home)
    yield made
    made.run("down")


@pytest.fixture(autouse=True)
def profiles(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials" / "aws" / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "credentials" / "aws" / "config"))


def recipe_with(folder: Path, section: str, key: str, value: object) -> Path:
    """The tests' recipe with one value changed."""
    document = cast("dict[str, dict[str, object]]", yaml.safe_load(RECIPE.read_text()))
    document[section][key] = value
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(document))
    return path
