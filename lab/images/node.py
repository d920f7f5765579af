"""Images on the lab's node: what containerd holds, and the import of what it lacks."""

from cli.home import Home
from host.progress import Progress
from image_build import layout, workloads
from image_build.base import NONROOT, Base
from lab.images import containerd
from lab.services.kubernetes import PAUSE_IMAGE, containerd_socket
from toolchain.install import Toolchain

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
    socket = containerd_socket(home)
    held = containerd.held(socket)
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
            containerd.receive(socket, image.send)


def import_workloads(home: Home, base: Base, progress: Progress) -> str:
    """Puts the base and the code above it on the node; returns the image by digest."""
    image = workloads.image(base)
    reference = f"{workloads.NAME}@{image.digest}"
    socket = containerd_socket(home)
    held = containerd.held(socket)
    if base.name not in held:
        with progress.step("image: base of the workloads"):
            containerd.receive_folder(socket, base.folder)
    if reference not in held:
        with progress.step("image: the workloads' code"):
            containerd.receive(socket, image.send)
    return reference
