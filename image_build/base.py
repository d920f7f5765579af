"""The base image of every workload: built once a recipe, kept in the user's cache as a folder in OCI's layout."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import yaml
from uv import find_uv_bin

from components.errors import FactoryError
from host.cache import REPOSITORY, building, user_cache
from host.progress import Progress
from host.shell import run
from image_build import layers, sbom

RECIPE = REPOSITORY / "images" / "base.yaml"
BYTECODE = REPOSITORY / "images" / "bytecode.py"
NONROOT = 65532
# Files say one time, else each build would have a digest of its own; 2025-01-01, for tools that take no year before 1980.
EPOCH = 1735689600
# Texts that no program reads; copyright notices stay.
UNREAD = ("exclude=/usr/share/doc/*", "exclude=/usr/share/man/*", "exclude=/usr/share/locale/*")
NOTICES = "include=/usr/share/doc/*/copyright"
BILL = Path("usr/share/aifactory/sbom.cdx.json")
# Programs that packages bring name this machine's interpreter; images run `python3 -m`.
PROGRAMS = "bin/"
# The order of a set's members is part of what bytecode holds; nothing but bytecode.py writes any.
INSIDE = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
# Two processes: what a laptop has. The count decides the bytes, so it is no setting.
SHARDS = 2


@dataclass(frozen=True, kw_only=True)
class Base:
    """What the base is made from."""

    suite: str
    mirror: str
    packages: tuple[str, ...]
    python: str
    imported: tuple[str, ...]
    environment: tuple[str, ...]
    locked: str
    """The packages of the group `workloads`, each with its hashes."""

    @classmethod
    def read(cls) -> "Base":
        """From `images/base.yaml` and the project's lock file."""
        recipe = cast("dict[str, object]", yaml.safe_load(RECIPE.read_text()))
        command = [find_uv_bin(), "export", "--quiet", "--frozen", "--only-group", "workloads", "--no-emit-project"]
        return cls(
            suite=str(recipe["suite"]),
            mirror=str(recipe["mirror"]),
            packages=tuple(cast("list[str]", recipe["packages"])),
            python=str(recipe["python"]),
            imported=tuple(cast("list[str]", recipe["imported"])),
            environment=tuple(cast("list[str]", recipe["environment"])),
            locked=run([*command, "--no-header"], cwd=REPOSITORY),
        )

    @cached_property
    def digest(self) -> str:
        """64 hex digits for everything that the base's content is decided by."""
        decided = (
            repr(INSIDE),
            # The values, not the text: a comment that changes builds nothing again.
            repr((self.suite, self.mirror, self.packages, self.python, self.imported, self.environment)),
            BYTECODE.read_text(),
            *UNREAD,
            NOTICES,
            PROGRAMS,
            str(EPOCH),
            str(SHARDS),
            self.locked,
        )
        return hashlib.sha256("\0".join(decided).encode()).hexdigest()

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return user_cache() / "images" / f"base-{self.digest[:16]}"

    @property
    def name(self) -> str:
        """Its name in containerd."""
        return f"localhost/aifactory/base:{self.digest[:16]}"

    @property
    def site(self) -> Path:
        """Where the packages are in the image: the folder that Debian's Python gives to what is not Debian's."""
        return Path(f"usr/local/lib/python{self.python}/dist-packages")


@contextmanager
def scratch() -> Generator[Path]:
    """A folder on the cache's disk while something is made for `images/` there, by one lab at a time."""
    images = user_cache() / "images"
    images.mkdir(parents=True, exist_ok=True)
    with building("images"):
        for left in images.glob("build-*"):
            # A build that was killed left gigabytes that nobody would look for.
            shutil.rmtree(left)
        # Not in /tmp: an image with torch takes 7 GB, more than a memory-backed /tmp may have.
        with tempfile.TemporaryDirectory(prefix="build-", dir=images) as temporary:
            yield Path(temporary)


def build(base: Base, progress: Progress) -> None:
    """Makes the folder where it is not there yet: Debian by mmdebstrap, packages by uv. Raises FactoryError."""
    if base.folder.exists():
        return
    with scratch() as temporary:
        # Another lab may have made it meanwhile.
        if not base.folder.exists():
            _build(base, temporary, progress)


def _build(base: Base, temporary: Path, progress: Progress) -> None:
    log = user_cache() / "logs" / "base-image.log"
    log.unlink(missing_ok=True)
    archive, root, made = (temporary / part for part in ("debian.tar", "root", "made"))
    with progress.step("image: Debian root"):
        _debian(base, archive, log)
        root.mkdir()
        run(["tar", "--extract", "--numeric-owner", "--file", archive, "--directory", root])
    with progress.step("image: torch, transformers, vLLM and MLflow"):
        _packages(base, root, temporary / "cache", log)
    with progress.step("image: bytecode"):
        _bytecode(base, root)
    with progress.step(f"image: imports {', '.join(base.imported)}"):
        command = [*_inside(root), "-c", f"import {', '.join(base.imported)}"]
        run(["unshare", "--mount", "--net", *command], log=log, env=dict(INSIDE))
    with progress.step("image: layers"):
        bill = root / BILL
        bill.parent.mkdir(parents=True)
        bill.write_text(sbom.bill(root))
        debian = layers.write(made, ["cat", str(archive)])
        packages = layers.write(made, _tar(root, [base.site, BILL]))
        layers.finish(made, base.name, [debian, packages], {"Env": list(base.environment), "User": f"{NONROOT}"})
        made.rename(base.folder)
    log.unlink(missing_ok=True)


def _debian(base: Base, target: Path, log: Path) -> None:
    user = f"nonroot:x:{NONROOT}:{NONROOT}::/tmp:/usr/sbin/nologin"
    run(
        [
            *("mmdebstrap", "--quiet", "--variant=essential", f"--include={','.join(base.packages)}"),
            *(f"--dpkgopt=path-{pattern}" for pattern in (*UNREAD, NOTICES)),
            f'--customize-hook=echo "{user}" >>"$1/etc/passwd"; echo "nonroot:x:{NONROOT}:" >>"$1/etc/group"',
            *(base.suite, target, base.mirror),
        ],
        log=log,
        # Also where it is killed, what it made is found and removed with the rest.
        env={"SOURCE_DATE_EPOCH": str(EPOCH), "TMPDIR": str(target.parent)},
    )


def _packages(base: Base, root: Path, cache: Path, log: Path) -> None:
    """Wheels alone: nothing is built, so nothing of this machine gets into the image."""
    requirements = root.parent / "requirements.txt"
    requirements.write_text(base.locked)
    run(
        [
            *(
                find_uv_bin(),
                "pip",
                "install",
                "--no-config",
                "--no-deps",
                "--require-hashes",
                "--only-binary",
                ":all:",
            ),
            *("--python", sys.executable, "--python-version", base.python),
            *("--target", root / base.site, "--requirement", requirements),
        ],
        log=log,
        # Its own cache, on the same disk: files are linked, and nothing stays.
        env={"UV_CACHE_DIR": str(cache)},
    )
    shutil.rmtree(root / base.site / PROGRAMS, ignore_errors=True)
    for record in (root / base.site).glob("*.dist-info/RECORD"):
        # With them go their digests: of two machines they are two.
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(PROGRAMS)))
    (root / base.site / ".lock").unlink(missing_ok=True)


def _bytecode(base: Base, root: Path) -> None:
    inside = Path("usr/share/aifactory")
    (root / inside).mkdir(parents=True)
    script = root / inside / BYTECODE.name
    shutil.copy2(BYTECODE, script)
    command = [*_inside(root), "-S", f"/{inside / script.name}", f"/{base.site}"]
    running = [
        subprocess.Popen([*command, str(shard), str(SHARDS)], env=INSIDE, stderr=subprocess.PIPE, text=True)
        for shard in range(SHARDS)
    ]
    output = [process.communicate()[1] for process in running]
    shutil.rmtree(root / inside)
    failed = [text for text, process in zip(output, running, strict=True) if process.returncode]
    if failed:
        # The last line of each is the reason; the others are where.
        reasons = {text.strip().rpartition("\n")[2] for text in failed}
        raise FactoryError(f"the image's modules could not be compiled: {'; '.join(sorted(reasons))}")


def _inside(root: Path) -> list[str]:
    """The image's own Python, on the image's own files."""
    return ["/usr/sbin/chroot", str(root), "/usr/bin/python3"]


def _tar(root: Path, paths: list[Path]) -> list[str]:
    same = ["--sort=name", f"--mtime=@{EPOCH}", "--owner=0", "--group=0", "--numeric-owner", "--mode=go-w,a+rX"]
    plain = [
        "--format=pax",
        "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f",
        "--hard-dereference",
    ]
    return ["tar", *same, *plain, "--directory", str(root), "--create", *(str(path) for path in paths)]
