"""Builds a tool from its pinned Go module."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import cast

from components.errors import FactoryError
from host.cache import user_cache
from host.documents import mapping, text
from host.shell import run
from toolchain.tools import Tool


def go() -> str | None:
    """The Go to build with. Its own installer puts it where the PATH of `sudo` does not look."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def build(tool: Tool, folder: Path, scratch: Path, *, cores: int) -> None:
    """Puts the tool's programs and assets into `folder`; Go's caches are in `scratch`.

    Raises FactoryError where Go is missing or the build fails.
    """
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
        "GOMAXPROCS": str(cores),
    }
    with tempfile.TemporaryDirectory(prefix="aifactory-build-") as temporary:
        # A copy, because vendoring writes beside go.mod and a checkout may be read-only.
        source = Path(temporary) / tool.name
        shutil.copytree(tool.folder, source)
        if tool.copied:
            module = _module(program, tool, source, env)
            for name in tool.copied:
                shutil.copyfile(module / name, source / Path(name).name)
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
                [program, "build", "-trimpath", "-ldflags", flags, "-p", str(cores), "-o", output, binary.package],
                log=log,
                cwd=source,
                env=env,
            )
        env["GOFLAGS"] = "-mod=readonly"
        if tool.assets:
            module = _module(program, tool, source, env)
            for asset in tool.assets:
                shutil.copytree(module / asset, folder / "share" / asset)
    log.unlink(missing_ok=True)


def _module(program: str, tool: Tool, source: Path, env: dict[str, str]) -> Path:
    """Where the tool's module lies unpacked; brings it where it does not."""
    found = run([program, "mod", "download", "-json", tool.module], cwd=source, env=env)
    return Path(text(mapping(cast("object", json.loads(found))).get("Dir")))
