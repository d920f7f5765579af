"""Writes the flat program of the engine's benchmark: `python -m tests.support.flatten`.

What the components declare is recorded and written down again as calls of the SDK's own classes, one after the other: what a
program costs that has the same resources and no components. Outputs that resources take of each other are references there too.
"""

import importlib
import runpy
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast, get_args

import pulumi

from benchmarks.stacks import PROGRAMS
from host.documents import Values, mapping, sequence
from lab.plugins.aws.schema import alternatives, properties, schema_of, wire_names
from tests.unit.components.recorder import COMPUTED, Recorded, Recorder, declared

FLAT = PROGRAMS / "flat" / "__main__.py"
# Of signs that JSON leaves as they are.
OPEN, CLOSE = "~(", ")~"
# Programs take an ARN apart: its mark stands where the resource does.
ARN = "arn:aws:marked:us-east-1:123456789012:"
HEAD = '''"""The same resources as one writes them down without components: written by `python -m tests.support.flatten`."""
# fmt: off
# ruff: noqa: E501

import pulumi
import pulumi_kubernetes
{imports}

from components.accelerators import AwsAccess
from stacks.providers import aws_provider
from stacks.settings import StackName

config = pulumi.Config()
access = AwsAccess(region="us-east-1", endpoint=config.require("endpoint"))
provider = aws_provider(access, StackName("benchmark", "platform"))
on_aws = pulumi.ResourceOptions(provider=provider)
'''


class Marked(Recorder):
    """Each output is a mark that says whose it is."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        inputs = cast("Values", args.inputs)
        self.seen.append(Recorded(args.name, args.typ, dict(inputs)))
        schema = schema_of(args.typ) if args.typ.startswith("aws:") else None
        marks = {
            name: f"{ARN if name == 'arn' else ''}{OPEN}{args.typ} {args.name} {name}{CLOSE}"
            for name in (schema.outputs if schema else ())
            if name not in inputs
        }
        return f"{OPEN}{args.typ} {args.name} id{CLOSE}", {**marks, **inputs, **COMPUTED.get(args.typ, {})}


def source() -> str:
    """The program."""
    set_all_config = cast("Callable[[Mapping[str, str]], None]", pulumi.runtime.set_all_config)
    with tempfile.TemporaryDirectory() as folder:
        kubeconfig = Path(folder) / "kubeconfig"
        kubeconfig.write_text("{}")
        set_all_config({"project:endpoint": "http://127.0.0.1:1", "project:kubeconfig": str(kubeconfig)})
        seen = declared(lambda: runpy.run_path(str(PROGRAMS / "components" / "__main__.py")), Marked()).seen
    made = [one for one in seen if one.kind.startswith("aws:")]
    variables = {(one.kind, one.name): f"r{index}" for index, one in enumerate(made)}
    modules = sorted({one.kind.split(":")[1].split("/")[0] for one in made})
    imports = "from pulumi_aws import " + ", ".join(modules)
    lines = [_call(one, variables) for one in _ordered(made)]
    provider = 'pulumi_kubernetes.Provider("cluster-api", kubeconfig=config.require("kubeconfig"), enable_server_side_apply=True)'
    return "\n".join([HEAD.format(imports=imports), *lines, provider, ""])


def _ordered(made: list[Recorded]) -> list[Recorded]:
    """Each after what it refers to; the SDK registers them in no certain order."""
    left, done, ordered = list(made), set[tuple[str, str]](), list[Recorded]()
    while left:
        ready = [one for one in left if all(key in done for key in _references(one.inputs))]
        ordered += sorted(ready, key=lambda one: (one.kind, one.name))
        done |= {(one.kind, one.name) for one in ready}
        left = [one for one in left if one not in ready]
        if not ready:
            raise ValueError(f"resources refer to each other: {[one.name for one in left]}")
    return ordered


def _references(value: object) -> set[tuple[str, str]]:
    if isinstance(value, dict):
        return {key for item in mapping(cast("object", value)).values() for key in _references(item)}
    if isinstance(value, list):
        return {key for item in sequence(cast("object", value)) for key in _references(item)}
    marks = value.split(OPEN)[1:] if isinstance(value, str) else []
    parts = [mark.split(CLOSE)[0].split(" ") for mark in marks]
    return {(part[0], " ".join(part[1:-1])) for part in parts}


def _call(one: Recorded, variables: Mapping[tuple[str, str], str]) -> str:
    module, kind = one.kind.split(":")[1].split("/")[0], one.kind.rpartition(":")[2]
    schema = schema_of(one.kind)
    assert schema is not None
    owner = getattr(importlib.import_module(f"pulumi_aws.{module}"), kind)
    names = {wire: name for name, wire in wire_names(owner)}
    arguments = "".join(
        f", {names[key]}={_value(value, schema.inputs[key], variables)}"
        for key, value in sorted(untagged(one.inputs).items())
    )
    return f"{variables[one.kind, one.name]} = {module}.{kind}({one.name!r}{arguments}, opts=on_aws)"


def untagged(inputs: Mapping[str, object]) -> Mapping[str, object]:
    """Inputs without the tags by which the project finds its own again."""
    tags = {name: tag for name, tag in mapping(inputs.get("tags")).items() if not name.startswith("aifactory")}
    rest = {key: value for key, value in inputs.items() if key != "tags"}
    return {**rest, "tags": tags} if tags else rest


def _value(value: object, kind: object, variables: Mapping[tuple[str, str], str]) -> str:
    if isinstance(value, dict):
        inner = next((one for one in alternatives(kind) if isinstance(one, type) and any(wire_names(one))), None)
        names = {wire: name for name, wire in wire_names(inner)} if inner else {}
        kinds = dict(_kinds(inner)) if inner else {}
        items = mapping(cast("object", value)).items()
        shown = (f"{names.get(key, key)!r}: {_value(item, kinds.get(key), variables)}" for key, item in items)
        return "{" + ", ".join(shown) + "}"
    if isinstance(value, list):
        members = (get_args(one) for one in alternatives(kind))
        member = next((cast("object", found[0]) for found in members if found), None)
        return "[" + ", ".join(_value(item, member, variables) for item in sequence(cast("object", value))) + "]"
    if isinstance(value, str) and OPEN in value:
        return _reference(value, variables)
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def _reference(text: str, variables: Mapping[tuple[str, str], str]) -> str:
    """An output, or a text with outputs in it."""
    template, outputs = "", list[str]()
    for index, part in enumerate(text.replace(f"{ARN}{OPEN}", OPEN).split(OPEN)):
        mark, _, rest = part.partition(CLOSE) if index else ("", "", part)
        if mark:
            kind, *name, output = mark.split(" ")
            outputs.append(f"{variables[kind, ' '.join(name)]}.{_python(kind, output)}")
            template += f"{{{len(outputs) - 1}}}"
        template += rest.replace("{", "{{").replace("}", "}}")
    if template == "{0}":
        return outputs[0]
    return f"pulumi.Output.format({template!r}, {', '.join(outputs)})"


def _python(token: str, output: str) -> str:
    module, kind = token.split(":")[1].split("/")[0], token.rpartition(":")[2]
    names = {wire: name for name, wire in wire_names(getattr(importlib.import_module(f"pulumi_aws.{module}"), kind))}
    return names.get(output, output)


def _kinds(owner: type) -> list[tuple[str, object]]:
    return [(name, kind) for name, (kind, _) in properties(owner)]


if __name__ == "__main__":
    FLAT.write_text(source())
