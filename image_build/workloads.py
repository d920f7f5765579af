"""The image of the workloads: their code, in one thin layer above the base."""

from host.cache import REPOSITORY
from image_build import layers, layout
from image_build.base import NONROOT, Base

NAME = "localhost/aifactory/workloads"


def image(base: Base) -> layout.Image:
    """The image of the workloads: the code of `workloads/` in one layer above the base."""
    entries = layout.code(REPOSITORY / "workloads")
    config: dict[str, object] = {"User": f"{NONROOT}:{NONROOT}", "WorkingDir": "/tmp"}
    return layout.make(NAME, entries, config, layers.read(base.folder))
