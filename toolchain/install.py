"""Brings every tool into the user's cache and says where each program is."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rich.markup import escape

from components.errors import FactoryError
from host.cache import building, user_cache
from host.progress import Progress
from host.shell import run
from toolchain.build import build
from toolchain.download import Unavailable, download
from toolchain.tools import TOOLS, Tool

# Downloads at once; more of them share the same line.
DOWNLOADS = 4
# Builds at once at most: the largest takes 4 GB of memory.
BUILDS = 4


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

    def folder(self, tool_name: str) -> Path:
        """Where a tool is or will be; its programs in `bin`."""
        return _folder(next(tool for tool in self._tools if tool.name == tool_name))

    def assets(self, tool_name: str, folder: str) -> Path:
        """A folder that came with a tool's module, e.g. its Kubernetes manifests."""
        return self.folder(tool_name) / "share" / folder

    def install(self, progress: Progress) -> None:
        """Brings what is missing: from PATH, from the publisher, or by a build, whose caches it removes.

        Raises FactoryError where Go is missing, a build fails or a publisher's file is not what was published.
        """
        if not self.missing():
            return
        with building("toolchain"):
            # Another lab may have brought them meanwhile.
            _install_all(self.missing(), progress)

    def missing(self) -> list[Tool]:
        """Tools that are not in the cache yet."""
        return [tool for tool in self._tools if not (_folder(tool) / "complete").exists()]


def _install_all(missing: Sequence[Tool], progress: Progress) -> None:
    wanted = [tool for tool in missing if not _install(tool, lambda folder, tool=tool: _link_from_path(tool, folder))]
    lacking: dict[str, str] = {}

    def fetch(tool: Tool) -> None:
        # That a publisher cannot be reached is no failure: the tool is built.
        with progress.step(f"toolchain: {tool.name} {tool.release}, asked of its publisher"):
            try:
                _install(tool, lambda folder: _download(tool, folder))
            except Unavailable as why:
                lacking[tool.name] = str(why)

    _each([tool for tool in wanted if tool.downloads], fetch, DOWNLOADS)
    for name, why in lacking.items():
        progress.say(f"         {name}: {escape(why)}; it is built instead")
    builds = [tool for tool in wanted if not tool.downloads or tool.name in lacking]
    if not builds:
        return
    scratch, cores = user_cache() / "build", os.cpu_count() or 1
    # Two on two cores: while one links, on one core, the other compiles.
    at_once = min(len(builds), BUILDS, max(2, cores // 2))

    def make(tool: Tool) -> None:
        with progress.step(f"toolchain: {tool.name} {tool.version}, built"):
            _install(tool, lambda folder: _built(tool, folder, scratch, max(1, -(-cores // at_once))))

    _each(builds, make, at_once)
    if scratch.exists():
        with progress.step("toolchain: removing the build caches"):
            # The module cache is read-only by design.
            run(["chmod", "-R", "u+w", scratch])
            shutil.rmtree(scratch)


def _each(tools: Sequence[Tool], do: Callable[[Tool], None], at_once: int) -> None:
    """Does it for all, some beside each other; after the first that fails none is begun, and its error is raised."""
    if not tools:
        return
    with ThreadPoolExecutor(at_once) as beside:
        running = [beside.submit(do, tool) for tool in tools]
        try:
            for done in as_completed(running):
                done.result()
        except BaseException:
            beside.shutdown(wait=False, cancel_futures=True)
            raise


def _folder(tool: Tool) -> Path:
    return user_cache() / "toolchain" / f"{tool.name}-{tool.digest}"


def _install(tool: Tool, bring: Callable[[Path], bool]) -> bool:
    """Lets `bring` fill a folder, which becomes the tool's only as a whole; False where `bring` says so."""
    folder = _folder(tool)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "bin").mkdir(parents=True)
    try:
        if not bring(partial):
            return False
        (partial / "complete").write_text(tool.version + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return True


def _download(tool: Tool, folder: Path) -> bool:
    download(tool, folder)
    return True


def _built(tool: Tool, folder: Path, scratch: Path, cores: int) -> bool:
    build(tool, folder, scratch, cores=cores)
    return True


def _link_from_path(tool: Tool, folder: Path) -> bool:
    """Takes the programs on PATH when each reports exactly the pinned version."""
    found: list[Path] = []
    for binary in tool.binaries:
        where = shutil.which(binary.name)
        if not where or not binary.version_command or tool.assets:
            return False
        output = subprocess.run([where, *binary.version_command], capture_output=True, text=True, check=False)
        words = (output.stdout + output.stderr).replace("-", " ").split()
        if tool.version not in words and tool.version.removeprefix("v") not in words:
            return False
        found.append(Path(where))
    for path in found:
        (folder / "bin" / path.name).symlink_to(path)
    return True
