"""Types that moto does not serve well: what is declared is kept in Pulumi's state, and nothing stands behind it.

The types of pulumi_aws decide what may be declared; what only AWS would know has the right form and means nothing.
"""

import hashlib
import typing
from collections.abc import Callable, Mapping
from functools import cache
from uuid import uuid4

import pulumi

from components.partition import partition_of
from host.documents import Values, text
from lab.plugins.aws.schema import Schema, schema_of
from lab.plugins.aws.table import AwsType, Client

ACCOUNT = "123456789012"
"""moto's account."""
# How AWS begins the ids of what has an id of its own; the ids of all else are their names.
PREFIXES: Mapping[str, str] = {
    "CapacityBlockReservation": "cr",
    "CapacityReservation": "cr",
    "DataRepositoryAssociation": "dra",
    "Eip": "eipalloc",
    "FileSystem": "fs",
    "FlowLog": "fl",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "LustreFileSystem": "fs",
    "NatGateway": "nat",
    "PodIdentityAssociation": "a",
    "RouteTable": "rtb",
    "SecurityGroup": "sg",
    "SecurityGroupEgressRule": "sgr",
    "SecurityGroupIngressRule": "sgr",
    "Subnet": "subnet",
    "Vpc": "vpc",
    "VpcEndpoint": "vpce",
}
# ARNs that are not `arn:PARTITION:MODULE:REGION:ACCOUNT:kind/ID`.
ARNS: Mapping[str, str] = {
    "aws:cloudwatch/logGroup:LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{identity}",
    "aws:efs/fileSystem:FileSystem": "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{identity}",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "arn:{partition}:fsx:{region}:{account}:file-system/{identity}",
    "aws:iam/role:Role": "arn:{partition}:iam::{account}:role/{identity}",
    "aws:s3/bucket:Bucket": "arn:{partition}:s3:::{identity}",
}
# What a number or a switch is that nobody set; any other type is an object.
ZERO: Mapping[object, object] = {bool: False, int: 0, float: 0}
# What has no id of its own is known by its name, or by what it belongs to, which one of these inputs tells.
OWNERS = ("bucket", "name", "role", "function", "repository", "clusterName", "fileSystemId")


@cache
def recorded(token: str) -> AwsType | None:
    """How a type is recorded; None where pulumi_aws has no such type."""
    schema = schema_of(token)
    if schema is None:
        return None
    kind = token.rpartition(":")[2]
    return AwsType(
        properties=frozenset(schema.inputs),
        create=_creator(kind),
        read=_reader(token, schema),
        update=_unchanged,
        delete=_forgotten,
        replaces=schema.forces,
        computed=tuple(sorted(set(schema.outputs) - set(schema.inputs))),
        # As the official plugin, which names whatever has a name and was given none.
        name="name" if {"name"} <= set(schema.inputs) & set(schema.outputs) else "",
        recorded=True,
    )


def _creator(kind: str) -> Callable[[Client, Values], str]:
    prefix = PREFIXES.get(kind)

    def create(call: Client, inputs: Values) -> str:
        if prefix:
            return f"{prefix}-{uuid4().hex[:17]}"
        owner = next((text(inputs[key]) for key in OWNERS if text(inputs.get(key))), "")
        return owner or f"{kind.lower()}-{uuid4().hex[:17]}"

    return create


def _reader(token: str, schema: Schema) -> Callable[[Client, str, Values], Values]:
    def read(call: Client, identity: str, inputs: Values) -> Values:
        region = text(call("sts", "region").get("region"))
        made = _Made(token=token, region=region, identity=identity)
        outputs = {name: made.of(name, kind) for name, kind in schema.outputs.items() if name not in schema.inputs}
        return {**outputs, **inputs}

    return read


def _unchanged(call: Client, identity: str, old: Values, new: Values) -> None:
    """Pulumi's state takes the new inputs."""


def _forgotten(call: Client, identity: str, inputs: Values) -> None:
    """Pulumi's state forgets it."""


class _Made:
    """What AWS would answer for one resource: of the right form, and the same each time."""

    def __init__(self, *, token: str, region: str, identity: str) -> None:
        self._token = token
        self._module, self._kind = token.split(":")[1].lower().split("/")
        self._region, self._identity = region, identity

    def of(self, name: str, kind: object) -> object:
        """A value for an output."""
        origin, members = typing.get_origin(kind), typing.get_args(kind)
        if origin is pulumi.Output:
            return self.of(name, members[0])
        if origin is typing.Union:
            return self.of(name, next(one for one in members if one is not type(None)))
        if origin is not None:
            return {} if isinstance(origin, type) and issubclass(origin, Mapping) else []
        if kind is str:
            return self._text(name)
        return ZERO.get(kind, {})

    def _text(self, name: str) -> str:
        if name == "arn" or name.endswith("Arn"):
            form = ARNS.get(self._token, "arn:{partition}:{module}:{region}:{account}:{kind}/{identity}")
            return form.format(
                partition=partition_of(self._region),
                module=self._module,
                region=self._region,
                account=ACCOUNT,
                kind=self._kind,
                identity=self._identity,
            )
        digest = hashlib.sha256(f"{self._identity} {name}".encode()).hexdigest()
        if name == "dnsName" or name.endswith("Endpoint"):
            return f"{self._identity}.{self._module}.{self._region}.amazonaws.com"
        # FSx, "Mounting from an Amazon EC2 instance": a mount name has eight characters.
        if name == "mountName":
            return digest[:8]
        return self._region if name == "region" else f"{name}-{digest[:17]}"
