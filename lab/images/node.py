"""Images on the lab's node: what containerd holds, and the import of what it lacks."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

from lab.errors import LabError
from lab.home import REPOSITORY, Home
from lab.images import layers, layout
from lab.images.base import NONROOT, Base
from lab.node.supervisor import on_path
from lab.progress import Progress
from lab.services.kubernetes import PAUSE_IMAGE, containerd_socket
from lab.shell import run
from lab.toolchain.install import Toolchain

WORKLOADS = "localhost/aifactory/workloads"
MANAGER_IMAGE = "localhost/aifactory/jobset-manager:1"
CONTROLLER_IMAGE = "localhost/aifactory/workflow-controller:1"
EXECUTOR_IMAGE = "localhost/aifactory/argoexec:1"
# Image -> (program of the toolchain, its path in the image).
PROGRAMS = {
    PAUSE_IMAGE: ("pause", "pause"),
    MANAGER_IMAGE: ("manager", "manager"),
    CONTROLLER_IMAGE: ("workflow-controller", "bin/workflow-controller"),
    EXECUTOR_IMAGE: ("argoexec", "bin/argoexec"),
}


def import_programs(home: Home, toolchain: Toolchain, progress: Progress) -> None:
    """Puts the images of single programs on the node: the pod sandbox, JobSet and Argo."""
    held = _held(home)
    for name, (program, inside) in PROGRAMS.items():
        if name in held:
            continue
        with progress.step(f"image: {program}"):
            parent, _, _ = inside.rpartition("/")
            folders = [layout.Entry(parent, None, 0o755)] if parent else []
            image = layout.make(
                name,
                [
                    *folders,
                    layout.Entry("tmp", None, 0o1777),
                    layout.Entry(inside, toolchain.path(program).read_bytes(), 0o755),
                ],
                {"Entrypoint": [f"/{inside}"], "Env": ["PATH=/bin"], "User": f"{NONROOT}:{NONROOT}"},
            )
            _import(home, image.send)


def import_workloads(home: Home, base: Base, progress: Progress) -> str:
    """Puts the base and the code above it on the node; returns the image by digest."""
    image = workloads(base)
    reference = f"{WORKLOADS}@{image.digest}"
    held = _held(home)
    if base.name not in held:
        with progress.step("image: base of the workloads"):
            _import(home, lambda stream: layers.send(base.folder, stream))
    if reference not in held:
        with progress.step("image: the workloads' code"):
            _import(home, image.send)
    return reference


def workloads(base: Base) -> layout.Image:
    """The image of the workloads: the code of `workloads/` in one layer above the base."""
    entries = layout.code(REPOSITORY / "workloads")
    config: dict[str, object] = {"User": f"{NONROOT}:{NONROOT}", "WorkingDir": "/tmp"}
    return layout.make(WORKLOADS, entries, config, layers.read(base.folder))


def _held(home: Home) -> set[str]:
    return set(run([*_ctr(home), "list", "--quiet"]).split())


def _ctr(home: Home) -> list[str | Path]:
    return [on_path("ctr"), "--address", containerd_socket(home), "--namespace", "k8s.io", "images"]


def _import(home: Home, send: Callable[[IO[bytes]], None]) -> None:
    command = [str(part) for part in (*_ctr(home), "import", "-")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            send(process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            # It ended before the end of the archive, and says below why.
            pass
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise LabError(f"an image could not be imported: {said}")
