"""What the engine shows while an object is waited for."""

from collections.abc import Callable

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class Engine:
    """The engine that started the plugin."""

    def __init__(self, address: str) -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if address else None

    def teller(self, urn: str) -> Callable[[str], None]:
        """Shows a message at a resource: progress in passing, anything else as a warning that stays."""

        def tell(message: str) -> None:
            passing = message.startswith("waiting: ")
            severity = engine_pb2.LogSeverity.INFO if passing else engine_pb2.LogSeverity.WARNING
            request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=passing)
            if self._stub is not None:
                try:
                    self._stub.Log(request, timeout=5)  # pyright: ignore[reportUnknownMemberType]
                except grpc.RpcError:
                    # It is only told: an engine that is ending does not listen any more.
                    return

        return tell
