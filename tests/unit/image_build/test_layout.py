"""Images made of files: the same content has the same digest, and a change of it another."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from components.errors import FactoryError
from image_build import layers, registry, sbom
from image_build.layout import Entry, make


def test_equal_content_gives_an_equal_digest() -> None:
    def digest(content: bytes) -> str:
        return make(
            "localhost/aifactory/x:1", [Entry("app", None, 0o755), Entry("app/a.py", content, 0o644)], {}
        ).digest

    assert digest(b"a") == digest(b"a")
    assert digest(b"a") != digest(b"b")


def test_a_large_layer_is_the_same_each_time_and_can_be_stood_on(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.write_bytes(b"0123456789" * 300_000)
    written = [layers.write(tmp_path / name, ["cat", str(content)]) for name in ("first", "second")]
    assert written[0] == written[1]
    layers.finish(tmp_path / "first", "localhost/base:1", [written[0]], {"Env": ["A=1"], "User": "65532"})
    base = layers.read(tmp_path / "first")
    above = make("localhost/above", [Entry("app", None, 0o755)], {"WorkingDir": "/tmp"}, base)
    stream = io.BytesIO(above.archive)
    with tarfile.open(fileobj=stream) as tar:
        found = {
            name: json.load(tar.extractfile(name) or io.BytesIO(b"{}")) for name in tar.getnames() if "json" in name
        }
        digest = found["index.json"]["manifests"][0]["digest"]
        manifest = json.load(tar.extractfile(f"blobs/sha256/{digest.removeprefix('sha256:')}") or io.BytesIO())
    assert digest == above.digest
    assert manifest["layers"][0]["digest"] == written[0].digest
    sent = io.BytesIO()
    layers.send(tmp_path / "first", sent)
    sent.seek(0)
    with tarfile.open(fileobj=sent) as tar:
        assert {"index.json", "oci-layout"} < set(tar.getnames())


def test_a_layer_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    with pytest.raises(FactoryError, match="no/such/file"):
        layers.write(tmp_path / "made", ["cat", "no/such/file"])


def test_the_bill_names_what_debian_installed_and_nothing_else() -> None:
    status = (
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13\nDescription: a\n more\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n"
    )
    assert [one["purl"] for one in sbom.debian(status)] == ["pkg:deb/debian/zlib1g@1:1.2.13?arch=amd64"]


@pytest.mark.parametrize("name", ["", "https://host/x", "Host.example.org", "host", "host.example.org/", "host:99x/a"])
def test_a_registry_that_cannot_be_is_one_message(name: str) -> None:
    with pytest.raises(FactoryError, match="REGISTRY = "):
        registry.check(name)


@pytest.mark.parametrize("name", ["localhost:5000", "registry.example.org/team/factory", "host:5000/a-b"])
def test_a_registry_is_taken_as_it_is(name: str) -> None:
    assert registry.check(name) == name
