"""What the plugin does with a resource, by the tables of its services."""

import json
from threading import Lock
from typing import cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from components import aws_errors
from host.documents import Values, mapping, sequence, text
from lab.plugins.aws import blocks, ec2, eks, iam, kms, s3, tags
from lab.plugins.aws.recorder import recorded
from lab.plugins.aws.schema import schema_of
from lab.plugins.aws.table import AwsType, as_declared
from pulumi_plugin.server import Change, Checked, PluginError, Resource, changed_keys
from pulumi_plugin.values import UNKNOWN

TYPES: dict[str, AwsType] = {**ec2.TYPES, **blocks.TYPES, **iam.TYPES, **kms.TYPES, **eks.TYPES, **s3.TYPES}
# AWS says that something is not there in as many ways as it has services.
ABSENT = (
    "404",
    "NotFound",
    "NoSuchBucket",
    "NoSuchEntity",
    "ResourceNotFoundException",
    "NotFoundException",
    "Unknown",
)


class AwsPlugin:
    """The plugin, for the account, region and endpoints of its provider."""

    package = "aws"
    version = "7.51.1"

    def __init__(self) -> None:
        self._settings: Values = {}
        self._endpoints: dict[str, str] = {}
        self._default_tags: Values = {}
        self._clients: dict[str, object] = {}
        self._making = Lock()

    def configure(self, settings: Values) -> None:
        self._settings = settings
        self._endpoints = {}
        self._clients = {}
        self._default_tags = mapping(mapping(_decoded(settings.get("defaultTags"))).get("tags"))
        for entry in sequence(_decoded(settings.get("endpoints"))):
            self._endpoints.update({service: text(url) for service, url in mapping(entry).items()})

    def check(self, resource: Resource, old: Values, new: Values, seed: bytes) -> Checked:
        schema, kind = schema_of(resource.kind), _served(resource.kind)
        if schema is None or kind is None:
            return Checked(inputs=new, failures={"": f"pulumi_aws {self.version} has no type {resource.kind}"})
        if failures := schema.failures(new):
            return Checked(inputs=new, failures=failures)
        if schema.tagged and self._default_tags:
            new["tagsAll"] = tags.merged(self._default_tags, new.get("tags"))
        if kind.name and not new.get(kind.name):
            new[kind.name] = old.get(kind.name) or f"{resource.name}-{seed.hex()[:7]}"
        return Checked(inputs=new)

    def diff(self, resource: Resource, old: Values, new: Values) -> Change:
        kind = _type(resource.kind)
        # What AWS has chosen stays where nothing is declared.
        keys = tuple(
            key
            for key in changed_keys(old, new)
            if (key in new or key not in kind.chosen) and not _same_document(old.get(key), new.get(key))
        )
        # Without an update of its own, a type is replaced by any change.
        replaces = tuple(key for key in keys if key in kind.replaces or kind.update is None)
        fixed = bool(kind.name) and old.get(kind.name) == new.get(kind.name)
        return Change(keys=keys, replaces=replaces, delete_first=bool(replaces) and (fixed or kind.delete_first))

    def planned(self, resource: Resource, inputs: Values, state: Values) -> Values:
        kind = _type(resource.kind)
        computed = {key: UNKNOWN if key in kind.moving else state.get(key, UNKNOWN) for key in kind.computed}
        return {**computed, **inputs}

    def create(self, resource: Resource, inputs: Values) -> tuple[str, Values]:
        kind = _type(resource.kind)
        identity = kind.create(self.call, tags.for_api(inputs))
        return identity, self._state(resource, identity, inputs)

    def read(self, resource: Resource, identity: str, inputs: Values) -> tuple[Values, Values] | None:
        kind = _type(resource.kind)
        try:
            found = kind.read(self.call, identity, tags.for_api(inputs))
        except PluginError as error:
            if isinstance(error.__cause__, ClientError) and _absent(error.__cause__):
                return None
            raise
        if found is None:
            return None
        found = self._as_declared(resource, inputs, found)
        # Without inputs this is an import: what AWS chose belongs to what is imported.
        chosen = kind.chosen if inputs else frozenset[str]()
        declarable = {key: value for key, value in found.items() if key not in kind.computed}
        return {**inputs, **found}, as_declared(inputs, declarable, kind.defaults, chosen)

    def update(self, resource: Resource, identity: str, old: Values, new: Values) -> Values:
        kind = _type(resource.kind)
        if kind.update is None:
            raise PluginError(f"{resource.kind}: cannot be changed in place")
        kind.update(self.call, identity, tags.for_api(old), tags.for_api(new))
        return self._state(resource, identity, new)

    def delete(self, resource: Resource, identity: str, inputs: Values, state: Values) -> None:
        try:
            _type(resource.kind).delete(self.call, identity, inputs)
        except PluginError as error:
            if not (isinstance(error.__cause__, ClientError) and _absent(error.__cause__)):
                raise

    def invoke(self, token: str, arguments: Values) -> Values:
        raise PluginError(f"{token}: not served by the lab's aws plugin")

    def _state(self, resource: Resource, identity: str, inputs: Values) -> Values:
        found = _type(resource.kind).read(self.call, identity, tags.for_api(inputs)) or {}
        return {**inputs, **self._as_declared(resource, inputs, found)}

    def _as_declared(self, resource: Resource, inputs: Values, found: Values) -> Values:
        """What was found, with its tags told apart."""
        schema = schema_of(resource.kind)
        tagged = schema is not None and schema.tagged and bool(self._default_tags)
        return tags.split(self._default_tags, inputs, found) if tagged else found

    def call(self, service: str, operation: str, **arguments: object) -> Values:
        """One call to the account; the operation `region` asks nobody. Raises PluginError."""
        region = text(self._settings.get("region")) or None
        if operation == "region":
            return {"region": region or ""}
        try:
            client = self._client(service, region)
            return mapping(cast("object", getattr(client, operation)(**arguments)))
        except (ClientError, BotoCoreError) as error:
            raise PluginError(f"{service} {operation}: {error}") from error

    def _client(self, service: str, region: str | None) -> object:
        """A service's client, made at its first use: that takes longer than most calls."""
        with self._making:
            if service not in self._clients:
                session = boto3.Session(profile_name=text(self._settings.get("profile")) or None, region_name=region)
                config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"})
                endpoint = self._endpoints.get(service)
                self._clients[service] = session.client(service, endpoint_url=endpoint or None, config=config)
            return self._clients[service]


def _decoded(value: object) -> object:
    """What is said of a provider: the SDK sends all but texts as JSON."""
    return cast("object", json.loads(value)) if isinstance(value, str) else value


def _served(token: str) -> AwsType | None:
    """How a type is served: by moto where the table has it, else recorded; None where AWS has no such type."""
    return TYPES.get(token) or recorded(token)


def _type(token: str) -> AwsType:
    kind = _served(token)
    if kind is None:
        raise PluginError(f"{token}: there is no such type")
    return kind


def _same_document(old: object, new: object) -> bool:
    """Whether two texts are one JSON document: AWS hands policies back formatted in another way."""
    if not (isinstance(old, str) and isinstance(new, str) and old.startswith("{") and new.startswith("{")):
        return False
    try:
        return json.loads(old) == json.loads(new)
    except ValueError:
        return False


def _absent(error: ClientError) -> bool:
    return any(part in aws_errors.code(error) for part in ABSENT)
