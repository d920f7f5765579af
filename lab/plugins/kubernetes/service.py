"""The resource provider protocol for Kubernetes objects: how a call is read and its answer written."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from lab.plugins.kubernetes import changes, settings
from lab.plugins.kubernetes.changes import How
from lab.plugins.kubernetes.engine import Engine
from lab.plugins.kubernetes.objects import AUTONAMED, Identity, annotation
from lab.plugins.kubernetes.plugin import Kubernetes
from lab.plugins.kubernetes.waiting import NotReady
from lab.plugins.kubernetes.wire import Path, opened, sealed, texts_of
from lab.plugins.server import PluginFault, Resource
from lab.plugins.values import Values, mapping

VERSION = "4.34.2"
"""Of the SDK in the lock file: the engine asks for the plugin of that version."""
SHORTEST_SECRET = 4
"""Shorter ones are parts of common words: taking them out of a message would tell more than it hides."""
PropertyDiff = provider_pb2.PropertyDiff
KINDS = {
    How.ADDED: (PropertyDiff.ADD, PropertyDiff.ADD_REPLACE),
    How.REMOVED: (PropertyDiff.DELETE, PropertyDiff.DELETE_REPLACE),
    How.CHANGED: (PropertyDiff.UPDATE, PropertyDiff.UPDATE_REPLACE),
}


class _Status(grpc.Status):
    """How a call ends whose answer is more than a message."""

    def __init__(self, message: str, details: status_pb2.Status) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = message
        self.trailing_metadata = (("grpc-status-details-bin", details.SerializeToString()),)


@dataclass(frozen=True, slots=True)
class Declared:
    """Properties of an object, and which of them are secret."""

    values: Values
    secrets: frozenset[Path]

    @classmethod
    def of(cls, struct: struct_pb2.Struct) -> "Declared":
        values, secrets = opened(struct)
        if (values.get("apiVersion"), values.get("kind")) == ("v1", "Secret"):
            secrets |= {("data",), ("stringData",)}
        return cls(values, secrets)

    def sealed(self, values: Values) -> struct_pb2.Struct:
        """Values on the wire, secret where these are."""
        present = {path for path in self.secrets if path[0] in values}
        return sealed(values, present, self.values)


class Service(provider_pb2_grpc.ResourceProviderServicer):
    """The plugin for one provider resource: the engine starts one for each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cancelled = Event()
        self._kubernetes = Kubernetes(settings.Settings.parse({}), self._cancelled)

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "kubernetes", "version": "{VERSION}"}}')

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        failures = _failures(settings.faults_of(opened(request.news)[0]))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = opened(request.old_inputs or request.olds)[0], opened(request.news)[0]
        keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if keys else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=keys,
            replaces=keys if settings.other_cluster(old, new) else [],
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._kubernetes = Kubernetes(settings.Settings.parse(opened(request.args)[0]), self._cancelled)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        old, new = Declared.of(request.olds), Declared.of(request.news)
        with self._faults_to(context, new):
            resource, proposed = Resource.of(request.urn), request.autonaming.proposed_name
            inputs, failures = self._kubernetes.check(resource, old.values, new.values, request.randomSeed, proposed)
            return provider_pb2.CheckResponse(inputs=new.sealed(inputs), failures=_failures(failures))
        return provider_pb2.CheckResponse()

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old = self._kubernetes.canonical(opened(request.old_inputs)[0])
        new = self._kubernetes.canonical(opened(request.news)[0])
        found = dict(changes.differences(old, new))
        replacing = set(changes.replacing(list(found), old, new, self._kubernetes.settings.mutable))
        detailed = {
            changes.dotted(path): PropertyDiff(kind=KINDS[how][path in replacing], inputDiff=True)
            for path, how in found.items()
        }
        was, now = mapping(old.get("metadata")), mapping(new.get("metadata"))
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted({str(path[0]) for path in found}),
            replaces=sorted(changes.dotted(path) for path in replacing),
            detailedDiff=detailed,
            hasDetailedDiff=True,
            # Two objects of one name cannot stand side by side; a generated name makes room for both.
            deleteBeforeReplace=bool(replacing)
            and "name" in now
            and annotation(new, AUTONAMED) != "true"
            and (was.get("namespace"), was.get("name")) == (now.get("namespace"), now.get("name")),
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        resource, new = Resource.of(request.urn), Declared.of(request.properties)
        tell = self._engine.teller(request.urn)
        with self._faults_to(context, new):
            if request.preview:
                state = self._kubernetes.preview(resource, new.values, "", {}, tell)
                return provider_pb2.CreateResponse(properties=new.sealed(state))
            identity, state = self._kubernetes.create(resource, new.values, request.timeout, tell)
            return provider_pb2.CreateResponse(id=identity, properties=new.sealed(state))
        return provider_pb2.CreateResponse()

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        resource, new, known = Resource.of(request.urn), Declared.of(request.news), opened(request.olds)[0]
        tell = self._engine.teller(request.urn)
        with self._faults_to(context, new, request.id):
            if request.preview:
                state = self._kubernetes.preview(resource, new.values, request.id, known, tell)
            else:
                state = self._kubernetes.update(resource, request.id, new.values, known, request.timeout, tell)
            return provider_pb2.UpdateResponse(properties=new.sealed(state))
        return provider_pb2.UpdateResponse()

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        old, known = Declared.of(request.inputs), Declared.of(request.properties)
        with self._faults_to(context, old):
            found = self._kubernetes.read(Resource.of(request.urn), request.id, old.values, known.values)
            if found is None:
                return provider_pb2.ReadResponse()
            state, inputs = found
            if (state.get("apiVersion"), state.get("kind")) == ("v1", "Secret"):
                every = frozenset({("data",), ("stringData",)})
                old, known = Declared(old.values, old.secrets | every), Declared(known.values, known.secrets | every)
            return provider_pb2.ReadResponse(id=request.id, properties=known.sealed(state), inputs=old.sealed(inputs))
        return provider_pb2.ReadResponse()

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        known = Declared.of(request.properties)
        with self._faults_to(context, known):
            tell = self._engine.teller(request.urn)
            self._kubernetes.delete(Resource.of(request.urn), request.id, known.values, request.timeout, tell)
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        arguments = Declared.of(request.args)
        with self._faults_to(context, arguments):
            answer = self._kubernetes.invoke(request.tok, arguments.values)
            return json_format.ParseDict({"return": answer}, provider_pb2.InvokeResponse())
        return provider_pb2.InvokeResponse()

    def Construct(
        self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConstructResponse:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{request.type}: is served by the official plugin only")

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._cancelled.set()
        return empty_pb2.Empty()

    @contextmanager
    def _faults_to(self, context: grpc.ServicerContext, given: Declared, identity: str = "") -> Generator[None]:
        """Ends the call with words for the user, without secrets and without a traceback."""
        try:
            yield
        except NotReady as fault:
            # The object exists: the engine keeps it in the state, and brings it up to date the next time.
            reasons = [_masked(reason, given) for reason in fault.reasons]
            details = provider_pb2.ErrorResourceInitFailed(
                id=identity or str(Identity.of(fault.live)),
                properties=given.sealed(fault.live),
                reasons=reasons,
                inputs=given.sealed(given.values),
            )
            message = _masked(str(fault), given)
            status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
            status.details.add().Pack(details)
            context.abort_with_status(_Status(message, status))
        except PluginFault as fault:
            context.abort(grpc.StatusCode.UNKNOWN, _masked(str(fault), given))


def _masked(message: str, given: Declared) -> str:
    for secret in sorted(texts_of(given.values, given.secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            message = message.replace(secret, "[secret]")
    return message


def _failures(faults: dict[str, str]) -> Iterable[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=key, reason=reason) for key, reason in faults.items()]
