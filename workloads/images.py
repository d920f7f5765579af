"""The images that workloads run, by digest, from the file that their build locks them in."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from components.faults import Fault, Faults, SpecError

REMEDY = "`make images REGISTRY=HOST/PATH` builds and pushes the images and writes it; for the lab `make up` does"


@dataclass(frozen=True, kw_only=True, slots=True)
class Images:
    """The lock of the images."""

    workloads: str
    """Repository and digest."""
    environment: str
    """Digest of the base: what every stage's code runs on, 64 hex digits."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises SpecError where the file is not there, or names an image otherwise than by digest."""
        try:
            found = cast("object", json.loads(path.read_text()))
        except OSError as error:
            fault = Fault("imagesLock", str(path), f"the file can be read ({error.strerror})", REMEDY)
            raise SpecError("Images", (fault,)) from None
        except ValueError:
            raise SpecError("Images", (Fault("imagesLock", str(path), "the file is JSON", REMEDY),)) from None
        values = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        faults = Faults("Images")
        workloads, environment = str(values.get("workloads", "")), str(values.get("environment", ""))
        named = re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", workloads) is not None
        faults.unless(named, "workloads", workloads, "an image is named by its digest", REMEDY)
        whole = re.fullmatch(r"[0-9a-f]{64}", environment) is not None
        faults.unless(whole, "environment", environment, "the base is named by 64 hex digits", REMEDY)
        faults.raise_if_any()
        return cls(workloads=workloads, environment=environment)
