"""The resource provider protocol: one plugin served to the engine over gRPC, with errors of one line."""

import os
import signal
import sys
from collections.abc import Callable, Generator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType
from typing import Protocol, cast

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from components.errors import FactoryError
from host.documents import Values
from pulumi_plugin.values import plain, wire

# The SDK's own limit of a message (pulumi.runtime._grpc_settings): a large state is not cut at gRPC's 4 MB.
MESSAGE_BYTES = 400 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]


class PluginError(FactoryError):
    """What the API behind a plugin refused, in words for the user."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Which resource a call is about."""

    urn: str
    kind: str
    """Its type token, e.g. `aws:ec2/vpc:Vpc`."""
    name: str

    @classmethod
    def of(cls, urn: str) -> "Resource":
        """From a URN, `urn:pulumi:stack::project::parents$type::name`."""
        parts = urn.split("::", 3)
        return cls(urn, parts[2].rpartition("$")[2], parts[3])


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What differs between what was declared and what is declared now."""

    keys: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Inputs with defaults, and what is wrong with them by property."""

    inputs: Values
    failures: Mapping[str, str] = field(default_factory=dict[str, str])


class Plugin(Protocol):
    """What a plugin does for its types. Every method may raise FactoryError, whose message the user reads."""

    package: str
    version: str

    def configure(self, settings: Values) -> None: ...
    def check(self, resource: Resource, old: Values, new: Values, seed: bytes) -> Checked: ...
    def diff(self, resource: Resource, old: Values, new: Values) -> Change: ...
    def planned(self, resource: Resource, inputs: Values, state: Values) -> Values: ...
    def create(self, resource: Resource, inputs: Values) -> tuple[str, Values]: ...
    def read(self, resource: Resource, identity: str, inputs: Values) -> tuple[Values, Values] | None: ...
    def update(self, resource: Resource, identity: str, old: Values, new: Values) -> Values: ...
    def delete(self, resource: Resource, identity: str, inputs: Values, state: Values) -> None: ...
    def invoke(self, token: str, arguments: Values) -> Values: ...


@contextmanager
def _errors_to(context: grpc.ServicerContext) -> Generator[None]:
    try:
        yield
    except FactoryError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


class Service(provider_pb2_grpc.ResourceProviderServicer):
    """Speaks the protocol for one plugin. The engine unwraps secrets and marks what comes back as they were."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._plugin.version)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        schema = f'{{"name": "{self._plugin.package}", "version": "{self._plugin.version}"}}'
        return provider_pb2.GetSchemaResponse(schema=schema)

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        same = plain(request.old_inputs) == plain(request.news)
        kind = provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=kind)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        with _errors_to(context):
            self._plugin.configure(plain(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        with _errors_to(context):
            resource = Resource.of(request.urn)
            found = self._plugin.check(resource, plain(request.olds), plain(request.news), request.randomSeed)
            failures = [
                provider_pb2.CheckFailure(property=key, reason=reason) for key, reason in found.failures.items()
            ]
            return provider_pb2.CheckResponse(inputs=wire(found.inputs), failures=failures)
        return provider_pb2.CheckResponse()

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        with _errors_to(context):
            old, new = plain(request.old_inputs), plain(request.news)
            for ignored in request.ignoreChanges:
                if ignored in old:
                    new[ignored] = old[ignored]
                else:
                    new.pop(ignored, None)
            change = self._plugin.diff(Resource.of(request.urn), old, new)
            some = provider_pb2.DiffResponse.DIFF_SOME if change.keys else provider_pb2.DiffResponse.DIFF_NONE
            return provider_pb2.DiffResponse(
                changes=some,
                diffs=list(change.keys),
                replaces=list(change.replaces),
                deleteBeforeReplace=change.delete_first,
            )
        return provider_pb2.DiffResponse()

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        with _errors_to(context):
            resource, inputs = Resource.of(request.urn), plain(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=wire(self._plugin.planned(resource, inputs, {})))
            identity, state = self._plugin.create(resource, inputs)
            return provider_pb2.CreateResponse(id=identity, properties=wire(state))
        return provider_pb2.CreateResponse()

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        with _errors_to(context):
            inputs = plain(request.inputs) or plain(request.properties)
            found = self._plugin.read(Resource.of(request.urn), request.id, inputs)
            if found is None:
                return provider_pb2.ReadResponse()
            state, live = found
            return provider_pb2.ReadResponse(id=request.id, properties=wire(state), inputs=wire(live))
        return provider_pb2.ReadResponse()

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        with _errors_to(context):
            resource, old, new = Resource.of(request.urn), plain(request.old_inputs), plain(request.news)
            if request.preview:
                state = self._plugin.planned(resource, new, plain(request.olds))
            else:
                state = self._plugin.update(resource, request.id, old, new)
            return provider_pb2.UpdateResponse(properties=wire(state))
        return provider_pb2.UpdateResponse()

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        with _errors_to(context):
            inputs, state = plain(request.old_inputs), plain(request.properties)
            self._plugin.delete(Resource.of(request.urn), request.id, inputs, state)
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        with _errors_to(context):
            answer = self._plugin.invoke(request.tok, plain(request.args))
            response = provider_pb2.InvokeResponse()
            # The field is called `return`, which is no name in Python.
            cast("struct_pb2.Struct", getattr(response, "return")).CopyFrom(wire(answer))
            return response
        return provider_pb2.InvokeResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def changed_keys(old: Values, new: Values) -> tuple[str, ...]:
    """Top-level properties that were added, changed or removed."""
    return tuple(key for key in sorted({*old, *new}) if old.get(key) != new.get(key))


def serve(plugin: Plugin) -> None:
    """Serves until the engine ends the plugin."""
    serve_until_ended(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Service(plugin), server))


def serve_until_ended(add: Callable[[grpc.Server], None]) -> None:
    """Serves what `add` adds on a port of the loopback, which the engine reads, until the engine interrupts or is gone."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=OPTIONS)
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    end = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending(end))
    # The engine reads the port from the first line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    wait(end)
    server.stop(grace=None)


def wait(end: Event) -> None:
    """Waits for the engine's signal, or until the engine is gone: killed, it can send none."""
    engine = os.getppid()
    while not end.wait(timeout=0.5):
        if os.getppid() != engine:
            return


def ending(end: Event) -> Callable[[int, FrameType | None], None]:
    """A signal handler that sets `end`."""

    def handler(number: int, frame: FrameType | None) -> None:
        end.set()

    return handler
