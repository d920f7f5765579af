"""Writes the extract: `python -m components.instance_types --region us-east-1 [--profile NAME] [--endpoint URL]`.

Of each answer only what `InstanceType` names is kept, one line a type, so that a change is read in a diff.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias, cast

from botocore.exceptions import BotoCoreError, ClientError

from components.accelerators import AwsAccess
from components.ec2 import ec2_of

TABLE = Path(__file__).with_name("table.json")
# What system pools are made of; EC2 is asked for any other. More families would only lengthen the file.
SYSTEM_FAMILIES = frozenset({"m6i", "m7i", "m7g", "m8g", "c7i", "c7g", "r7i", "r7g", "r8g"})


def main() -> int:
    """Exit code 1 where EC2 refuses or does not answer; the old extract then stays."""
    parser = argparse.ArgumentParser(prog="python -m components.instance_types", description=__doc__)
    parser.add_argument("--region", required=True, help="a region that has the types, e.g. us-east-1")
    parser.add_argument("--profile", default="", help="AWS profile; without it the environment's credentials")
    parser.add_argument("--endpoint", default="", help="base URL of an API that answers for EC2; without it AWS's own")
    options = parser.parse_args()
    access = AwsAccess(region=options.region, endpoint=options.endpoint, profile=options.profile)
    try:
        pages = ec2_of(access).get_paginator("describe_instance_types").paginate()
        answers = [cast("Mapping[str, object]", item) for page in pages for item in page["InstanceTypes"]]
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"DescribeInstanceTypes in {options.region}: {error}\n")
        return 1
    whose = options.endpoint or f"EC2 in {options.region}"
    TABLE.write_text(document(answers, f"DescribeInstanceTypes of {whose}, {datetime.now(UTC):%Y-%m-%d}"))
    return 0


def document(answers: Sequence[Mapping[str, object]], source: str) -> str:
    """The extract as a file: the types with NVIDIA GPUs, and those of `SYSTEM_FAMILIES`, by name."""
    by_name = {str(answer["InstanceType"]): answer for answer in answers}
    gpus = {name: extract(by_name[name]) for name in sorted(by_name)}
    types = [_line(name, gpus[name]) for name in gpus if _nvidia(gpus[name])]
    system = [
        _line(name, cast("Mapping[str, object]", _only(by_name[name], _NODE)))
        for name in sorted(by_name)
        if name.split(".")[0] in SYSTEM_FAMILIES
    ]
    return f'{{"source": {json.dumps(source)}, "types": {{\n{_lines(types)}\n}}, "system": {{\n{_lines(system)}\n}}}}\n'


def extract(answer: Mapping[str, object]) -> dict[str, object]:
    """What `InstanceType` names of one answer."""
    return cast("dict[str, object]", _only(answer, _KEPT))


def _lines(lines: Sequence[str]) -> str:
    return ",\n".join(lines)


def _line(name: str, facts: Mapping[str, object]) -> str:
    return f"{json.dumps(name)}: {json.dumps(facts)}"


# The keys that are kept of a mapping, and of the mappings in it; a list is of mappings of one shape.
Shape: TypeAlias = Mapping[str, "Shape | None"]
_KEPT: Shape = {
    "InstanceType": None,
    "ProcessorInfo": {"SupportedArchitectures": None},
    "VCpuInfo": {"DefaultVCpus": None},
    "MemoryInfo": {"SizeInMiB": None},
    "NetworkInfo": {
        "NetworkCards": {"NetworkCardIndex": None, "MaximumNetworkInterfaces": None, "InterfaceTypes": None},
        "MaximumNetworkInterfaces": None,
        "Ipv4AddressesPerInterface": None,
        "EfaInfo": {"MaximumEfaInterfaces": None},
    },
    "PlacementGroupInfo": {"SupportedStrategies": None},
    "SupportedUsageClasses": None,
    "GpuInfo": {"Gpus": {"Name": None, "Manufacturer": None, "Count": None, "MemoryInfo": {"SizeInMiB": None}}},
    "InstanceStorageInfo": {"TotalSizeInGB": None},
}
# What `NodeType` names: of a type without GPUs no more is asked.
_NODE: Shape = {
    **{key: _KEPT[key] for key in ("InstanceType", "ProcessorInfo", "VCpuInfo", "MemoryInfo")},
    "NetworkInfo": {
        "NetworkCards": {"NetworkCardIndex": None, "MaximumNetworkInterfaces": None},
        "MaximumNetworkInterfaces": None,
        "Ipv4AddressesPerInterface": None,
    },
}


def _only(value: object, shape: Shape) -> object:
    if isinstance(value, list):
        return [_only(item, shape) for item in cast("list[object]", value)]
    found = cast("Mapping[str, object]", value)
    return {
        key: found[key] if below is None else _only(found[key], below) for key, below in shape.items() if key in found
    }


def _nvidia(facts: Mapping[str, object]) -> bool:
    return '"Manufacturer": "NVIDIA"' in json.dumps(facts)


if __name__ == "__main__":
    sys.exit(main())
