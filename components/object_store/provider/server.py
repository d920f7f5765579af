"""The plugin's gRPC service: which of our resources a call is for, and how its answer is written.

It serves the wire protocol directly: the SDK's experimental provider server adds a traceback to every message, and what a user
reads here must be one line.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from components.object_store.provider import bucket, item
from components.object_store.provider.store import StoreFault, Values
from components.object_store.resources import BUCKET, OBJECT

VERSION = "0.1.0"
# The SDK's own limit of a message (pulumi.runtime._grpc_settings), so that a large state is not cut at gRPC's 4 MB.
MESSAGE_BYTES = 400 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """What the plugin does for one type."""

    faults_of: Callable[[Values], dict[str, str]]
    normal: Callable[[Values], Values]
    """Inputs with defaults, as they are kept and compared."""
    outputs: Callable[[Values], Values]
    """The state that follows from inputs alone."""
    create: Callable[[Values], str]
    read: Callable[[str, Values], Values | None]
    update: Callable[[str, Values, Values], object]
    """Brings a resource (id) from its old inputs to its new ones."""
    delete: Callable[[str, Values], None]
    replaced_by: frozenset[str]


KINDS = {
    BUCKET: Kind(
        faults_of=bucket.faults_of,
        normal=bucket.normal,
        outputs=lambda inputs: inputs,
        create=bucket.create,
        read=bucket.read,
        update=bucket.update,
        delete=bucket.delete,
        replaced_by=bucket.REPLACED_BY,
    ),
    OBJECT: Kind(
        faults_of=item.faults_of,
        normal=item.normal,
        outputs=item.outputs,
        create=item.put,
        read=item.read,
        update=lambda _id, _old, inputs: item.put(inputs),
        delete=item.delete,
        replaced_by=item.REPLACED_BY,
    ),
}


def plain(struct: struct_pb2.Struct) -> Values:
    """Properties as Python has them; without what is of the wire alone (`__…`)."""
    values = cast(Values, json_format.MessageToDict(struct))
    return {key: value for key, value in values.items() if not key.startswith("__")}


def known(values: Values) -> Values:
    """The properties whose values are known already, in a preview."""
    return {key: value for key, value in values.items() if value != rpc.UNKNOWN}


def wire(values: Values) -> struct_pb2.Struct:
    """Properties as the wire has them."""
    return json_format.ParseDict(values, struct_pb2.Struct())


def kind_of(urn: str) -> Kind | None:
    """The kind of a resource, from its URN `urn:pulumi:stack::project::parents$type::name`."""
    return KINDS.get(urn.split("::")[2].rpartition("$")[2])


@contextmanager
def faults_to(context: grpc.ServicerContext) -> Generator[None]:
    """Ends the call with one line, without a traceback, where the store refuses."""
    try:
        yield
    except StoreFault as fault:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(fault))


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The plugin. It has no configuration: each resource names its store and its profile."""

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aifactory", "version": VERSION}))

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        # No secrets are accepted: the engine unwraps them, and no input here is one.
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        kind = kind_of(request.urn)
        if kind is None:
            failure = provider_pb2.CheckFailure(reason=f"the plugin aifactory serves {' and '.join(KINDS)} alone")
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        inputs = kind.normal(plain(request.news))
        failures = [
            provider_pb2.CheckFailure(property=key, reason=reason)
            for key, reason in kind.faults_of(known(inputs)).items()
        ]
        return provider_pb2.CheckResponse(inputs=wire(inputs), failures=failures)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        kind = self._kind(request.urn, context)
        old, new = plain(request.olds), plain(request.news)
        changed = [key for key in new if old.get(key) != new[key] and key not in request.ignoreChanges]
        replaces = [key for key in changed if key in kind.replaced_by]
        detailed: dict[str, provider_pb2.PropertyDiff] = {}
        for key in changed:
            if key in replaces:
                how = provider_pb2.PropertyDiff.UPDATE_REPLACE if key in old else provider_pb2.PropertyDiff.ADD_REPLACE
            else:
                how = provider_pb2.PropertyDiff.UPDATE if key in old else provider_pb2.PropertyDiff.ADD
            detailed[key] = provider_pb2.PropertyDiff(kind=how)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=replaces,
            # A bucket that is replaced under its own name must go first; its store refuses where it holds objects.
            deleteBeforeReplace=bool(replaces) and "bucket" not in changed and "key" not in changed,
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        kind, inputs = self._kind(request.urn, context), plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=wire(kind.outputs(inputs)))
        with faults_to(context):
            resource_id = kind.create(inputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=wire(kind.outputs(inputs)))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        kind = self._kind(request.urn, context)
        # Without a state (`pulumi import`) the store is the one that AWS_PROFILE and AWS_ENDPOINT_URL name.
        state = kind.normal(plain(request.properties) or plain(request.inputs))
        with faults_to(context):
            found = kind.read(request.id, state)
        if found is None:
            return provider_pb2.ReadResponse()
        inputs = {key: value for key, value in found.items() if key != "sha256"}
        return provider_pb2.ReadResponse(id=request.id, properties=wire(found), inputs=wire(inputs))

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        kind, inputs = self._kind(request.urn, context), plain(request.news)
        if not request.preview:
            with faults_to(context):
                kind.update(request.id, plain(request.olds), inputs)
        return provider_pb2.UpdateResponse(properties=wire(kind.outputs(inputs)))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        kind = self._kind(request.urn, context)
        with faults_to(context):
            kind.delete(request.id, plain(request.properties))
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        # A call to a store ends by its own timeouts; a bucket half configured is worse than one second of waiting.
        return empty_pb2.Empty()

    def _kind(self, urn: str, context: grpc.ServicerContext) -> Kind:
        kind = kind_of(urn)
        if kind is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{urn}: no type of the plugin aifactory")
        return kind


def main() -> None:
    """Serves until the engine ends the plugin."""
    parser = argparse.ArgumentParser(prog="pulumi-resource-aifactory", description="Buckets and objects on S3 stores")
    parser.add_argument("engine", nargs="?", help="address of the engine; not needed, nothing is logged through it")
    parser.parse_known_args()
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=16),
        options=[("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine reads the port from the first line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # An engine that was killed ends no plugin: this one ends with it, and a call in flight is let end first.
    engine = os.getppid()
    while os.getppid() == engine and server.wait_for_termination(timeout=1):
        pass
    server.stop(grace=None)


if __name__ == "__main__":
    main()
