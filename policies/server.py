"""The analyzer protocol: the pack, served to the engine over gRPC.

The SDK's `PolicyPack` unpacks every resource once for each policy: a hundred rules on a thousand resources unpack a
hundred thousand. Here each is unpacked once, and judged by the rules about its type. Beside, a rule says "cannot be
judged yet" as advice, which the SDK can only for the first unknown value that it meets.
"""

import os
import sys
import time
from collections.abc import Iterable
from concurrent import futures
from contextlib import suppress

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policies.config import ConfigError, RuleConfig, schema
from policies.config_file import ALL
from policies.judge import Judge, Outcome
from policies.pack import NAME, RULES, pack_of
from policies.resource import PolicyResource, Stack, Values
from policies.rule import Level, Rule, Severity, StackRule
from policies.wire import unpacked

VERSION = "1.0.0"
# The SDK's own limit of a message: a large stack is not cut at gRPC's 4 MB.
MESSAGE_BYTES = 400 * 1024 * 1024
LEVELS = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.DISABLED: analyzer_pb2.DISABLED,
}
SEVERITIES = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}


class Service(analyzer_pb2_grpc.AnalyzerServicer):
    """Speaks the protocol for the pack."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        # A stack is judged by what was declared: of a component the engine keeps no inputs, and outputs may be unknown.
        self._inputs: dict[str, Values] = {}

    def Handshake(
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:
        rules = [_info(rule) for rule in self._judge.rules]
        return analyzer_pb2.AnalyzerInfo(name=NAME, version=VERSION, supportsConfig=True, policies=rules)

    def Configure(
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        configs: dict[str, RuleConfig] = {}
        levels: dict[str, Level] = {}
        faults: list[str] = []
        by_level = {wire: level for level, wire in LEVELS.items()}
        known = {rule.id for rule in self._judge.rules}
        faults += [
            f"{name}: no rule has this id; docs/reference/policies.md lists them"
            for name in request.policyConfig
            # The engine has given every rule the level of `all` already.
            if name not in known and name != ALL
        ]
        for rule in self._judge.rules:
            if rule.id not in request.policyConfig:
                continue
            given = request.policyConfig[rule.id]
            # No rule changes resources: to remediate is to refuse.
            levels[rule.id] = by_level.get(given.enforcementLevel, Level.MANDATORY)
            try:
                configs[rule.id] = RuleConfig.parse(rule, unpacked(given.properties))
            except ConfigError as error:
                faults.append(str(error))
        if faults:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "\n".join(faults))
        self._judge.configs, self._judge.levels = configs, levels
        return empty_pb2.Empty()

    def ConfigureStack(
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        resource = _resource(request, unpacked(request.properties))
        self._inputs[resource.urn] = resource.props
        return _response(self._judge.resource(resource))

    def AnalyzeStack(
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        resources = (
            _resource(one, self._inputs[one.urn] if one.urn in self._inputs else unpacked(one.properties))
            for one in request.resources
        )
        return _response(self._judge.stack(Stack(tuple(resources))))

    def Remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        return analyzer_pb2.RemediateResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def serve() -> None:
    """Serves the pack until the engine ends it."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4), options=[("grpc.max_receive_message_length", MESSAGE_BYTES)]
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Service(Judge(tuple(RULES.values()))), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine reads the port from the first line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    engine = os.getppid()
    with suppress(KeyboardInterrupt):
        # An engine that is killed can end nothing.
        while os.getppid() == engine:
            time.sleep(0.5)
    server.stop(grace=None)


def _info(rule: Rule) -> analyzer_pb2.PolicyInfo:
    info = analyzer_pb2.PolicyInfo(
        name=rule.id,
        displayName=rule.id,
        description=rule.title,
        message=rule.why,
        enforcementLevel=LEVELS[rule.level],
        severity=SEVERITIES[rule.severity],
        remediation_steps=rule.remedy,
        policy_type=analyzer_pb2.POLICY_TYPE_STACK
        if isinstance(rule, StackRule)
        else analyzer_pb2.POLICY_TYPE_RESOURCE,
        # A policy of the engine's has one framework; tags have them all.
        tags=[
            pack_of(rule),
            *(
                f"{framework.value}: {control}"
                for framework, controls in rule.frameworks.items()
                for control in controls
            ),
        ],
    )
    info.configSchema.properties.CopyFrom(json_format.ParseDict(schema(rule), struct_pb2.Struct()))
    return info


def _resource(request: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource, props: Values) -> PolicyResource:
    return PolicyResource(
        kind=request.type,
        props=props,
        urn=request.urn,
        protected=request.options.protect,
        provider=unpacked(request.provider.properties),
    )


def _response(outcomes: Iterable[Outcome]) -> analyzer_pb2.AnalyzeResponse:
    diagnostics = [
        analyzer_pb2.AnalyzeDiagnostic(
            policyName=outcome.rule.id,
            policyPackName=NAME,
            policyPackVersion=VERSION,
            description=outcome.rule.title,
            message=f"{outcome.rule.title}\n{outcome.message}",
            enforcementLevel=LEVELS[outcome.level],
            severity=SEVERITIES[outcome.rule.severity],
            urn=outcome.urn,
        )
        for outcome in outcomes
    ]
    return analyzer_pb2.AnalyzeResponse(diagnostics=diagnostics)
