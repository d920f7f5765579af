"""Brings publishers' files: digest first, content after, nothing that could not be verified."""

import hashlib
import http.client
import os
import platform
import re
import shutil
import tarfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import yaml

from components.errors import FactoryError
from host.documents import mapping
from toolchain.tools import MODULES, Download, Tool

MIRROR = "AIFACTORY_MIRROR"
"""Environment variable: URL of a copy of the publishers' files, each at `/<publisher's host>/<path>`; `none` to build all."""
PINS = MODULES / "digests.yaml"
# Seconds to find out that a publisher cannot be reached, or that one who answered sends no more.
REACH = 5.0
# A transfer slower than this after a while counts as one that hangs: a build is then sooner done.
SLOWEST, GRACE = 100_000, 30.0
# How often a transfer that broke is begun.
ATTEMPTS = 2
BLOCK = 1 << 20
# As publishers name processors: Go's names, and Pulumi's own for its engine.
ARCHITECTURES: Mapping[str, tuple[str, str]] = {"x86_64": ("amd64", "x64"), "aarch64": ("arm64", "arm64")}
SHA256 = re.compile(r"[0-9a-f]{64}")


class Unavailable(Exception):
    """A publisher's file that cannot be had here, and why; what it holds is then built."""


class Broken(Unavailable):
    """A transfer that ended before its end."""


def download(tool: Tool, folder: Path) -> None:
    """Puts the publishers' programs of a tool into `folder`/bin.

    Raises Unavailable where they cannot be had, FactoryError where what came is not what was published.
    """
    if not tool.downloads:
        raise Unavailable("its publisher has no programs that fit")
    if os.environ.get(MIRROR) == "none":
        raise Unavailable(f"{MIRROR} = none")
    for one in tool.downloads:
        url = address(one.url, tool)
        file = folder / "download"
        fetch(url, expected(tool, one), file)
        _unpack(file, one, tool, folder / "bin")
        file.unlink(missing_ok=True)


def address(template: str, tool: Tool) -> str:
    """A publisher's address for a tool on this machine's processor. Raises Unavailable where none is published for it."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise Unavailable(f"no programs are published for {machine}")
    go, pulumi = ARCHITECTURES[machine]
    number = tool.release.removeprefix("v").partition("+")[0]
    return template.format(version=f"v{number}", number=number, arch=go, pulumi_arch=pulumi)


def expected(tool: Tool, one: Download) -> str:
    """The SHA-256 that a file must have: the repository's pin, else what the publisher's own list says."""
    url = address(one.url, tool)
    return pins().get(url) or published(tool, one)


def published(tool: Tool, one: Download) -> str:
    """The SHA-256 that the publisher lists for a file. Raises Unavailable where the list cannot be had or lacks it."""
    url, listed = address(one.url, tool), address(one.checksums, tool)
    if not listed:
        raise Unavailable(f"{url}: its publisher lists no SHA-256, and toolchain/{PINS.name} has none")
    name = urlsplit(url).path.rpartition("/")[2]
    text = b"".join(_blocks(listed)).decode(errors="replace")
    lines = [line.split() for line in text.splitlines()]
    # `<digest>  <name>` a line, or nothing but the digest of this one.
    named = [words[0] for words in lines if words[1:] and re.split(r"[*/]", words[1])[-1] == name]
    entries = named or [words[0] for words in lines if len(words) == len(lines) == 1]
    found = SHA256.fullmatch(entries[0] if entries else "")
    if found is None:
        raise Unavailable(f"{listed}: lists no SHA-256 of {name}")
    return found.group()


def pins() -> dict[str, str]:
    """Address of a file -> the SHA-256 that this repository holds it to."""
    found = mapping(cast("object", yaml.safe_load(PINS.read_text())))
    for url, digest in found.items():
        if not (isinstance(digest, str) and SHA256.fullmatch(digest)):
            raise FactoryError(f"{PINS.name}: {url} = {digest!r}: a pin is 64 hexadecimal digits of a SHA-256")
    return cast("dict[str, str]", found)


def fetch(url: str, digest: str, target: Path) -> None:
    """Brings one file and compares its SHA-256; `target` is left only where it fits.

    Raises Unavailable where it cannot be had, FactoryError where the digest differs.
    """
    found = sha256_of(url, target)
    if found != digest:
        target.unlink()
        where = f" (from {mirrored(url)})" if mirrored(url) != url else ""
        raise FactoryError(
            f"{url}{where}: SHA-256 is {found}, and {digest} was expected; not used. Something between here and the "
            f"publisher changes files, or toolchain/{PINS.name} is of another version: find out which, or set "
            f"{MIRROR}=none to build the tool instead"
        )


def sha256_of(url: str, target: Path) -> str:
    """Brings one file, whatever it is, and says its SHA-256; once more where the transfer breaks. Raises Unavailable."""
    for _ in range(ATTEMPTS - 1):
        with suppress(Broken):
            return _transfer(url, target)
    return _transfer(url, target)


def _transfer(url: str, target: Path) -> str:
    """Writes what an address answers; returns its SHA-256."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for block in _blocks(url):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _blocks(url: str) -> Generator[bytes]:
    """What an address answers. Raises Unavailable where it does not, hangs, or is slower than a build; Broken where it ends early."""
    size, began = 0, time.monotonic()
    with _open(url) as response:
        length = response.headers.get("Content-Length")
        while block := _some(response, url, size):
            size += len(block)
            yield block
            spent = time.monotonic() - began
            if spent > GRACE and size < spent * SLOWEST:
                raise Unavailable(f"{url}: {size} bytes in {spent:.0f} s, slower than a build")
    if length is not None and int(length) != size:
        raise Broken(f"{url}: ended after {size} of {length} bytes")


def _some(response: HTTPResponse, url: str, size: int) -> bytes:
    """What has come meanwhile, so that the clock is looked at also where little comes."""
    try:
        return response.read1(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise Broken(f"{url}: broke after {size} bytes ({_why(error)})") from error


def mirrored(url: str) -> str:
    """Where a publisher's file is asked for."""
    base = os.environ.get(MIRROR, "").rstrip("/")
    return f"{base}/{url.partition('://')[2]}" if base else url


def _open(url: str) -> HTTPResponse:
    """Raises Unavailable."""
    asked = mirrored(url)
    try:
        return cast("HTTPResponse", urllib.request.urlopen(asked, timeout=REACH))
    except HTTPError as error:
        error.close()
        raise Unavailable(f"{asked}: status {error.code}") from error
    except (URLError, OSError, http.client.HTTPException, ValueError) as error:
        raise Unavailable(f"{asked}: {_why(error)}") from error


def _why(error: Exception) -> str:
    return str(getattr(error, "reason", "")) or str(error) or type(error).__name__


def _unpack(file: Path, one: Download, tool: Tool, bin_: Path) -> None:
    """Takes the programs, and nothing else of an archive: no path, link or mode of it is ever used."""
    if one.program:
        shutil.move(file, bin_ / one.program)
        (bin_ / one.program).chmod(0o755)
        return
    wanted = {address(member, tool): member.rpartition("/")[2] for member in one.members}
    try:
        with tarfile.open(file, "r:*") as archive:
            for entry in archive:
                name = wanted.get(entry.name.removeprefix("./"))
                content = archive.extractfile(entry) if name and entry.isfile() else None
                if name and content:
                    with (bin_ / name).open("wb") as out:
                        shutil.copyfileobj(content, out)
                    (bin_ / name).chmod(0o755)
                    wanted.pop(entry.name.removeprefix("./"))
    except (tarfile.TarError, EOFError) as error:
        raise Unavailable(f"{address(one.url, tool)}: is no archive that can be read ({error})") from error
    if wanted:
        raise Unavailable(f"{address(one.url, tool)}: has no {', '.join(wanted)}")
