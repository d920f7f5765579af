"""The images that workloads run, by digest, from the file that their build locks them in."""

from pathlib import Path
from typing import Annotated, Self

from components.document import Rule, Section, Text, full, load, parsed, read

REMEDY = "`make images REGISTRY=HOST/PATH` builds and pushes the images and writes it; for the lab `make up` does"


@parsed(frozen=True, kw_only=True, slots=True)
class Images(Section):
    """The lock of the images."""

    workloads: Annotated[
        Text, full(r"\S+@sha256:[0-9a-f]{64}"), Rule("an image is named by repository and digest", REMEDY)
    ]
    environment: Annotated[Text, full(r"[0-9a-f]{64}"), Rule("the base is named by 64 hex digits", REMEDY)]
    """Digest of the base: what every stage's code runs on."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises SpecError where the file is not there, or names an image otherwise than by digest."""
        return read(cls, load(path, "Images", "imagesLock", REMEDY), "Images", "imagesLock")
