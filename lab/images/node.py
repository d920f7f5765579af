"""Images on the lab's node: what containerd holds, and the import of what it lacks."""

import subprocess
from pathlib import Path

from lab.errors import LabError
from lab.home import REPOSITORY, Home
from lab.images import base, layout
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
NONROOT = "65532:65532"


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
                {"Entrypoint": [f"/{inside}"], "Env": ["PATH=/bin"], "User": NONROOT},
            )
            _import(home, image.archive)


def import_workloads(home: Home, environment: str, progress: Progress) -> str:
    """Puts the base and the code above it on the node; returns the image by digest."""
    archive = base.archive(environment)
    image = workloads(archive)
    reference = f"{WORKLOADS}@{image.digest}"
    held = _held(home)
    if base.name(environment) not in held:
        with progress.step("image: base of the workloads"):
            _ctr(home, "images", "import", archive)
    if reference not in held:
        with progress.step("image: the workloads' code"):
            _import(home, image.archive)
    return reference


def workloads(archive: Path) -> layout.Image:
    """The image of the workloads: the code of `workloads/` in one layer above the base."""
    entries = layout.code(REPOSITORY / "workloads")
    return layout.make(WORKLOADS, entries, {"User": NONROOT, "WorkingDir": "/tmp"}, layout.read(archive))


def _held(home: Home) -> set[str]:
    return set(_ctr(home, "images", "list", "--quiet").split())


def _ctr(home: Home, *arguments: str | Path) -> str:
    return run([on_path("ctr"), "--address", containerd_socket(home), "--namespace", "k8s.io", *arguments])


def _import(home: Home, archive: bytes) -> None:
    command = [on_path("ctr"), "--address", containerd_socket(home), "--namespace", "k8s.io", "images", "import", "-"]
    done = subprocess.run([str(part) for part in command], input=archive, capture_output=True, check=False)
    if done.returncode != 0:
        raise LabError(f"an image could not be imported: {done.stderr.decode().strip()}")
