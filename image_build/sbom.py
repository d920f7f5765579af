"""The bill of materials of the base image, in CycloneDX: Python's packages as they are locked, Debian's as they are installed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from uv import find_uv_bin

from host.cache import REPOSITORY
from host.shell import run

# What uv puts there of the moment it ran: the same image would have another bill each time.
OF_THE_MOMENT = ("serialNumber", "metadata")
Component = dict[str, object]


def bill(root: Path) -> str:
    """The bill of the image whose files lie below `root`."""
    command = [find_uv_bin(), "export", "--quiet", "--frozen", "--only-group", "workloads", "--no-emit-project"]
    found = cast("dict[str, object]", json.loads(run([*command, "--format", "cyclonedx1.5"], cwd=REPOSITORY)))
    status = (root / "var" / "lib" / "dpkg" / "status").read_text()
    components = [*cast("list[Component]", found["components"]), *debian(status)]
    document = {key: value for key, value in found.items() if key not in OF_THE_MOMENT}
    return json.dumps({**document, "components": components}, indent=1, sort_keys=True)


def debian(status: str) -> Iterator[Component]:
    """Installed packages of dpkg's status file."""
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status") == "install ok installed":
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}"
            yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
