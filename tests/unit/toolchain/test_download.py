"""What a publisher sends is used when it is what was published; where nothing can be had, the tool is built."""

import hashlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from components.errors import FactoryError
from host.progress import Progress
from tests.unit.toolchain.publisher import Publisher, archive, path_of, publishing
from toolchain import __main__, install
from toolchain import download as downloads
from toolchain.download import MIRROR, PINS, Unavailable, address, download, pins
from toolchain.install import Toolchain
from toolchain.tools import TOOLS, Download, Tool

URL = "https://files.example.org/tool-v1.2.3-linux-amd64.tar.gz"
LIST = "https://files.example.org/SHA256SUMS"
PROGRAMS: dict[str, bytes | str] = {"tool/tool": b"program", "tool/tool-helper": b"helper"}
MEMBERS = ("tool/tool", "tool/tool-helper")


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Publisher]:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(downloads, "pins", dict[str, str])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with publishing() as server:
        monkeypatch.setenv(MIRROR, server.url)
        yield server


def tool(*, members: tuple[str, ...] = MEMBERS, program: str = "", checksums: str = LIST) -> Tool:
    pause = next(one for one in TOOLS if one.name == "pause")
    url = URL.replace("v1.2.3", "{version}").replace("amd64", "{arch}")
    one = Download(url=url, checksums=checksums, program=program, members=members)
    return replace(pause, version="v1.2.3", downloads=(one,))


def bring(one: Tool, folder: Path) -> dict[str, bytes]:
    (folder / "bin").mkdir()
    download(one, folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_programs_of_an_archive_are_taken(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, archive({**PROGRAMS, "tool/LICENSE": b"text"}), LIST)
    found = bring(tool(), tmp_path)
    assert found == {"bin/tool": b"program", "bin/tool-helper": b"helper"}
    assert (tmp_path / "bin" / "tool").stat().st_mode & 0o777 == 0o755


def test_a_file_that_is_the_program_is_taken(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, b"program", LIST)
    assert bring(tool(members=(), program="tool"), tmp_path) == {"bin/tool": b"program"}


def test_a_list_of_many_files_and_a_list_of_this_one_are_both_read(publisher: Publisher, tmp_path: Path) -> None:
    other = URL.replace("linux", "darwin")
    publisher.publish(other, b"another", LIST)
    publisher.publish(URL, b"program", LIST)
    bring(tool(members=(), program="tool"), tmp_path)
    (tmp_path / "alone").mkdir()
    publisher.files[path_of(LIST)] = hashlib.sha256(b"program").hexdigest().encode()
    bring(tool(members=(), program="tool"), tmp_path / "alone")


def test_another_digest_is_refused_and_nothing_is_built_in_silence(publisher: Publisher) -> None:
    content = archive(PROGRAMS)
    digest = publisher.publish(URL, content, LIST, digest="0" * 64)
    toolchain = Toolchain((tool(),))
    with pytest.raises(FactoryError) as caught:
        toolchain.install(Progress())
    for expected in (URL, publisher.url, digest, hashlib.sha256(content).hexdigest(), f"{MIRROR}=none"):
        assert expected in str(caught.value)
    assert toolchain.missing()
    assert not list(toolchain.folder("pause").parent.glob("*"))


def test_a_pin_is_held_to_whatever_the_publishers_list_says(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(URL, archive(PROGRAMS), LIST)
    monkeypatch.setattr(downloads, "pins", lambda: {URL: "0" * 64})
    with pytest.raises(FactoryError, match="0000 was expected"):
        bring(tool(), tmp_path)
    assert path_of(LIST) not in publisher.asked


def test_a_file_without_list_and_pin_is_not_even_asked_for(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, archive(PROGRAMS))
    with pytest.raises(Unavailable, match="lists no SHA-256"):
        bring(tool(checksums=""), tmp_path)
    assert publisher.asked == []


@pytest.mark.parametrize("listed", [b"", b"<html>sign in</html>", b"da39a3ee5e6b4b0d3255bfef95601890afd80709  tool\n"])
def test_a_list_without_the_file_is_none(publisher: Publisher, tmp_path: Path, listed: bytes) -> None:
    publisher.publish(URL, archive(PROGRAMS))
    publisher.files[path_of(LIST)] = listed
    with pytest.raises(Unavailable, match="lists no SHA-256 of tool-v1"):
        bring(tool(), tmp_path)


def test_a_publisher_that_lacks_the_file_makes_it_a_build(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, archive(PROGRAMS), LIST)
    del publisher.files[path_of(URL)]
    with pytest.raises(Unavailable, match="status 404"):
        bring(tool(), tmp_path)


def test_a_publisher_that_hangs_is_given_up(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "REACH", 0.3)
    publisher.publish(URL, archive(PROGRAMS), LIST)
    publisher.hanging = {path_of(URL)}
    with pytest.raises(Unavailable, match="timed out"):
        bring(tool(), tmp_path)
    assert publisher.asked.count(path_of(URL)) == 2


def test_a_publisher_that_drips_is_given_up(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "GRACE", 0.0)
    monkeypatch.setattr(downloads, "SLOWEST", 1 << 50)
    publisher.publish(URL, archive(PROGRAMS), LIST)
    with pytest.raises(Unavailable, match="slower than a build"):
        bring(tool(), tmp_path)


def test_a_transfer_that_breaks_is_begun_once_more(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, archive(PROGRAMS), LIST)
    publisher.truncated = {path_of(URL): 1}
    assert bring(tool(), tmp_path)["bin/tool"] == b"program"


def test_a_transfer_that_always_breaks_makes_it_a_build(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, archive(PROGRAMS), LIST)
    publisher.truncated = {path_of(URL): 9}
    with pytest.raises(Unavailable, match="ended after"):
        bring(tool(), tmp_path)


def test_nobody_listens_at_the_mirror(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, "http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="refused"):
        bring(tool(), tmp_path)


def test_a_mirror_called_none_means_build_all(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, "none")
    with pytest.raises(Unavailable, match="none"):
        bring(tool(), tmp_path)


def test_an_archive_writes_nothing_but_the_programs(publisher: Publisher, tmp_path: Path) -> None:
    evil: dict[str, bytes | str] = {
        "../outside": b"x", "/etc/outside": b"x", "tool/extra": "/etc/passwd", **PROGRAMS
    }  # fmt: skip
    publisher.publish(URL, archive(evil), LIST)
    assert sorted(bring(tool(), tmp_path)) == ["bin/tool", "bin/tool-helper"]


def test_a_program_that_is_a_link_in_the_archive_is_none(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, archive({**PROGRAMS, "tool/tool": "/bin/sh"}), LIST)
    with pytest.raises(Unavailable, match="has no tool/tool"):
        bring(tool(), tmp_path)


def test_what_is_no_archive_makes_it_a_build(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(URL, b"no archive", LIST)
    with pytest.raises(Unavailable, match="no archive"):
        bring(tool(), tmp_path)


def test_a_processor_that_nothing_is_published_for_builds(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(Unavailable, match="riscv64"):
        bring(tool(), tmp_path)


def test_an_install_takes_what_is_published_and_builds_the_rest(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def build(one: Tool, folder: Path, scratch: Path, *, cores: int) -> None:
        built.append(one.name)
        (folder / "bin" / "built").touch()

    monkeypatch.setattr(install, "build", build)
    publisher.publish(URL, archive(PROGRAMS), LIST)
    had, absent = tool(), replace(tool(), name="kwok", version="v9")
    toolchain = Toolchain((had, absent))
    toolchain.install(Progress())
    assert built == ["kwok"]
    assert (toolchain.folder("pause") / "bin" / "tool").read_bytes() == b"program"
    assert toolchain.missing() == []


def test_a_build_that_fails_ends_the_install_and_leaves_nothing_half_made(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(one: Tool, folder: Path, scratch: Path, *, cores: int) -> None:
        (folder / "bin" / "half").touch()
        raise FactoryError(f"{one.name} does not compile")

    monkeypatch.setattr(install, "build", build)
    toolchain = Toolchain((replace(tool(), downloads=()), replace(tool(), name="kwok", downloads=())))
    with pytest.raises(FactoryError, match="does not compile"):
        toolchain.install(Progress())
    assert len(toolchain.missing()) == 2
    assert not list(toolchain.folder("pause").parent.glob("*"))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_download_has_an_address_and_brings_the_tools_programs(
    monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    for one in TOOLS:
        brought: set[str] = set()
        for entry in one.downloads:
            assert "{" not in address(entry.url, one) + address(entry.checksums, one)
            brought |= {entry.program} - {""} | {path.rpartition("/")[2] for path in entry.members}
        assert not one.downloads or {binary.name for binary in one.binaries} <= brought, one.name


def test_a_pin_is_of_a_file_that_is_downloaded_today() -> None:
    machines = ("x86_64", "aarch64")
    with pytest.MonkeyPatch.context() as patched:
        urls: set[str] = set()
        for machine in machines:
            patched.setattr("platform.machine", lambda machine=machine: machine)
            urls |= {address(entry.url, one) for one in TOOLS for entry in one.downloads}
    assert set(pins()) <= urls


def test_a_pin_that_is_no_digest_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / PINS.name
    path.write_text(f"{URL}: sha256:abc\n")
    monkeypatch.setattr(downloads, "PINS", path)
    with pytest.raises(FactoryError, match="a pin is 64 hexadecimal digits"):
        pins()


def test_pins_are_printed_for_what_can_be_had_and_the_rest_is_named(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed, unlisted = tool(), replace(tool(checksums=""), version="v2")
    absent = replace(tool(), version="v3")
    monkeypatch.setattr(__main__, "TOOLS", (listed, unlisted, absent))
    digest = publisher.publish(URL, b"1", LIST)
    publisher.publish(URL.replace("v1.2.3", "v2"), b"2")
    assert __main__.main() == 1
    output = capsys.readouterr()
    assert output.out.splitlines() == [
        f"# as listed at {LIST}",
        f"{URL}: {digest}",
        "# as downloaded now: its publisher lists none",
        f"{URL.replace('v1.2.3', 'v2')}: {hashlib.sha256(b'2').hexdigest()}",
    ]
    assert "tool-v3" in output.err
