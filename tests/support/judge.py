"""The real Terraform AWS provider as the judge of what is declared: pulumi_aws is made from it.

Resources become Terraform's JSON by the provider's own schema; `terraform validate` and a plan without a refresh, against an
endpoint that nobody answers at, say what the provider refuses. Names that cannot be matched are reported, never skipped.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from benchmarks.terraform import Terraform
from host.documents import Values, mapping, sequence, text

# Types whose names follow no rule.
SPECIAL = {
    "aws:ec2/eip:Eip": "aws_eip",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "aws_fsx_lustre_file_system",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:s3/bucket:Bucket": "aws_s3_bucket",
    "aws:resourcegroups/group:Group": "aws_resourcegroups_group",
}
# Seconds for one command: the provider is a program of 600 MB that starts for each.
PATIENCE = 300
# What pulumi_aws adds to every type, or splits off.
OWN = ("tagsAll", "region")
PROVIDER: Values = {
    "region": "us-east-1",
    "access_key": "x",
    "secret_key": "x",
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": True,
    "skip_region_validation": True,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """One resource to judge."""

    name: str
    kind: str
    """Its type token, e.g. `aws:ec2/vpc:Vpc`."""
    inputs: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the provider said."""

    judged: int = 0
    unmapped: list[str] = field(default_factory=list[str])
    """Types that this version of the provider does not have."""
    rejected: list[str] = field(default_factory=list[str])
    """What it refused, a line each."""


def judge(terraform: Terraform, folder: Path, declarations: Iterable[Declaration]) -> Verdict:
    """Asks the provider."""
    head: Values = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": PROVIDER},
    }
    file = folder / "main.tf.json"
    file.write_text(json.dumps(head))
    _run(terraform, folder, "init", "-input=false", f"-plugin-dir={terraform.plugins}")
    answer = mapping(cast("object", json.loads(_run(terraform, folder, "providers", "schema", "-json"))))
    provider = next(iter(mapping(answer.get("provider_schemas")).values()))
    kinds = mapping(mapping(provider).get("resource_schemas"))
    resources: dict[str, dict[str, object]] = {}
    unmapped: list[str] = []
    for one in declarations:
        kind = _resource_type(one.kind, kinds)
        if kind is None:
            unmapped.append(one.kind)
            continue
        key = re.sub(r"\W", "_", one.name)
        while key in resources.get(kind, {}):
            key += "_"
        given = {name: value for name, value in one.inputs.items() if name not in OWN}
        resources.setdefault(kind, {})[key] = _converted(given, mapping(mapping(kinds[kind])["block"]))
    file.write_text(json.dumps({**head, "resource": resources}))
    lines = [
        _run(terraform, folder, "validate", "-json").replace("\n", " "),
        *_run(terraform, folder, "plan", "-refresh=false", "-input=false", "-json", "-lock=false").splitlines(),
    ]
    return Verdict(
        judged=sum(map(len, resources.values())),
        unmapped=sorted(set(unmapped)),
        rejected=sorted({found for line in lines for found in _errors(line)}),
    )


def _run(terraform: Terraform, folder: Path, *arguments: str) -> str:
    """What a command says, whether the provider is content or not."""
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    command = [str(terraform.program), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    ).stdout


def _errors(line: str) -> Iterable[str]:
    try:
        message = mapping(cast("object", json.loads(line)))
    except ValueError:
        return
    one = message.get("diagnostic")
    for found in map(mapping, [*sequence(message.get("diagnostics")), *([one] if one else [])]):
        if found.get("severity") == "error":
            where = text(found.get("address")) or text(mapping(found.get("snippet")).get("context"))
            yield f"{where} {text(found.get('summary'))} {text(found.get('detail'))[:200]}".replace("\n", " ")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _resource_type(token: str, schemas: Values) -> str | None:
    if token in SPECIAL:
        return SPECIAL[token]
    module, kind = token.split(":")[1].split("/")[0], _snake(token.rsplit(":", 1)[1])
    candidates = (
        f"aws_{_snake(module)}_{kind}",
        f"aws_{kind}",
        f"aws_{kind}".removesuffix("_v2"),
        f"aws_cloudwatch_{kind}",
    )
    return next((name for name in candidates if name in schemas), None)


def _field(name: str, block: Values) -> tuple[str, Values | None]:
    """The provider's name for a property, and the block's schema where it is one."""
    base = _snake(name)
    nested, flat = mapping(block.get("block_types")), mapping(block.get("attributes"))
    options = [base, base.removesuffix("s"), re.sub("ies$", "y", base), re.sub("es$", "", base), f"{base}s"]
    squashed = {base.replace("_", ""), base.replace("_", "").removesuffix("s")}
    options += [name for name in (*nested, *flat) if name.replace("_", "") in squashed]
    for option in options:
        if option in nested:
            return option, mapping(mapping(nested[option])["block"])
        if option in flat:
            return option, None
    return base, None


def _converted(value: object, block: Values) -> object:
    if items := sequence(value):
        return [_converted(item, block) for item in items]
    found: Values = {}
    for key, item in mapping(value).items():
        if item is None:
            continue
        name, inner = _field(key, block)
        kind = mapping(mapping(block.get("attributes")).get(name)).get("type")
        if inner is not None:
            found[name] = _converted(item, inner)
        else:
            several = next(iter(sequence(kind)), "") in ("list", "set")
            # An empty list has no items, and is none of one.
            items = [item] if is_single(item) else sequence(item)
            found[name] = _whole(items if several else item, kind)
    return found


def is_single(item: object) -> bool:
    return not isinstance(item, list)


def _whole(value: object, kind: object) -> object:
    """A block that the schema has as an attribute: every member is named there, null where it is not set."""
    shape = sequence(kind)
    if not shape:
        return value
    if shape[0] in ("list", "set"):
        return [_whole(item, shape[1]) for item in sequence(value)]
    if shape[0] == "map":
        return {key: _whole(item, shape[1]) for key, item in mapping(value).items()}
    members = mapping(shape[1])
    given = {_field(key, {"attributes": members})[0]: item for key, item in mapping(value).items()}
    return {name: _whole(given.get(name), member) for name, member in members.items()}
