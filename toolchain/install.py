"""Brings every tool into the user's cache and says where each program is."""

import hashlib
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from urllib.error import URLError

from components.errors import FactoryError
from host.cache import building, user_cache
from host.progress import Progress
from host.shell import run
from toolchain.tools import TOOLS, Download, Tool

# Seconds to find out that a publisher cannot be reached; then the tool is built.
REACH = 5.0


def go() -> str | None:
    """The Go to build with. Its own installer puts it where the PATH of `sudo` does not look."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


class Toolchain:
    """Where the lab's programs are; `install` first brings those that are missing."""

    def __init__(self, tools: tuple[Tool, ...] = TOOLS) -> None:
        self._tools = tools

    def path(self, name: str) -> Path:
        """The program `name`. Raises FactoryError where the toolchain lacks it."""
        for tool in self._tools:
            for binary in tool.binaries:
                if binary.name == name:
                    cached = _folder(tool) / "bin" / name
                    if cached.exists():
                        return cached
        raise FactoryError(f"{name}: not installed; run `make up`, which brings the toolchain")

    def assets(self, tool_name: str, folder: str) -> Path:
        """A folder that came with a tool's module, e.g. its Kubernetes manifests."""
        tool = next(tool for tool in self._tools if tool.name == tool_name)
        return _folder(tool) / "share" / folder

    def install(self, progress: Progress) -> None:
        """Brings what is missing: from PATH, from the publisher, or by a build, whose caches it removes.

        Raises FactoryError where Go is missing or a build fails.
        """
        if not self.missing():
            return
        with building("toolchain"):
            # Another lab may have brought them meanwhile.
            _install_all(self.missing(), progress)

    def missing(self) -> list[Tool]:
        """Tools that are not in the cache yet."""
        return [tool for tool in self._tools if not (_folder(tool) / "complete").exists()]


def _install_all(missing: list[Tool], progress: Progress) -> None:
    if missing:
        scratch = user_cache() / "build"
        for tool in missing:
            with progress.step(f"toolchain: {tool.name} {tool.version}"):
                _install(tool, scratch)
        if scratch.exists():
            with progress.step("toolchain: removing the build caches"):
                # The module cache is read-only by design.
                run(["chmod", "-R", "u+w", scratch])
                shutil.rmtree(scratch)


def _folder(tool: Tool) -> Path:
    return user_cache() / "toolchain" / f"{tool.name}-{tool.digest}"


def _install(tool: Tool, scratch: Path) -> None:
    folder = _folder(tool)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "bin").mkdir(parents=True)
    if not _link_from_path(tool, partial) and not _download(tool, partial):
        _build(tool, partial, scratch)
    (partial / "complete").write_text(tool.version + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _link_from_path(tool: Tool, folder: Path) -> bool:
    """Takes the programs on PATH when each reports exactly the pinned version."""
    found: list[Path] = []
    for binary in tool.binaries:
        where = shutil.which(binary.name)
        if not where or not binary.version_command or tool.assets:
            return False
        said = subprocess.run([where, *binary.version_command], capture_output=True, text=True, check=False)
        words = (said.stdout + said.stderr).replace("-", " ").split()
        if tool.version not in words and tool.version.removeprefix("v") not in words:
            return False
        found.append(Path(where))
    for path in found:
        (folder / "bin" / path.name).symlink_to(path)
    return True


def _download(tool: Tool, folder: Path) -> bool:
    """Fetches the publisher's programs; False where there are none or the publisher cannot be reached."""
    if tool.download is None:
        return False
    for binary in tool.binaries:
        try:
            fetch_verified(tool.download, tool.version, binary.name, folder / "bin" / binary.name)
        except (URLError, TimeoutError, ConnectionError):
            return False
    return True


def fetch_verified(download: Download, version: str, binary: str, target: Path) -> None:
    """Downloads one program and compares its SHA-256 with the publisher's.

    Raises URLError where the publisher cannot be reached, FactoryError where the digest differs.
    """
    with urllib.request.urlopen(
        download.checksum_url.format(version=version, binary=binary), timeout=REACH
    ) as response:
        expected = response.read().decode().split()[0]
    digest = hashlib.sha256()
    url = download.url.format(version=version, binary=binary)
    with urllib.request.urlopen(url, timeout=REACH) as response, target.open("wb") as out:
        while block := response.read(1 << 20):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != expected:
        target.unlink()
        raise FactoryError(f"{url}: SHA-256 is {digest.hexdigest()}, its publisher says {expected}; not used")
    target.chmod(0o755)


def _build(tool: Tool, folder: Path, scratch: Path) -> None:
    program = go()
    if program is None:
        raise FactoryError(
            f"go: not found, and {tool.name} {tool.version} is neither on PATH nor downloadable here; "
            "install Go 1.22 or newer (https://go.dev/doc/install) and run `make up` again"
        )
    log = user_cache() / "logs" / f"build-{tool.name}.log"
    log.unlink(missing_ok=True)
    env = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly",
        "GOMODCACHE": str(scratch / "modules"),
        "GOCACHE": str(scratch / "objects"),
    }
    with tempfile.TemporaryDirectory(prefix="aifactory-build-") as temporary:
        # A copy, because vendoring writes beside go.mod and a checkout may be read-only.
        source = Path(temporary) / tool.name
        shutil.copytree(tool.folder, source)
        if tool.added:
            run([program, "mod", "vendor"], log=log, cwd=source, env=env)
            env["GOFLAGS"] = "-mod=vendor"
            for added, package in tool.added:
                shutil.move(source / added, source / "vendor" / package)
                (source / added).parent.rmdir()
        flags = " ".join(["-s", "-w", *(f"-X {variable.format(version=tool.version)}" for variable in tool.variables)])
        for binary in tool.binaries:
            output = folder / "bin" / binary.name
            run(
                [program, "build", "-trimpath", "-ldflags", flags, "-o", output, binary.package],
                log=log,
                cwd=source,
                env=env,
            )
        env["GOFLAGS"] = "-mod=readonly"
        if tool.assets:
            module = run([program, "list", "-m", "-f", "{{.Dir}}", tool.module], cwd=tool.folder, env=env).strip()
            for asset in tool.assets:
                shutil.copytree(Path(module) / asset, folder / "share" / asset)
    log.unlink(missing_ok=True)
