"""Started by the engine as `pulumi-resource-kubernetes`."""

import signal
import sys
from concurrent import futures
from threading import Event
from types import FrameType

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from lab.plugins.kubernetes.engine import Engine
from lab.plugins.kubernetes.service import Service
from lab.plugins.server import OPTIONS

# Every object that is waited for holds a thread, and what it waits for needs one too (a Service its Deployment).
THREADS = 256


def main() -> None:
    """Serves until the engine ends the plugin. The engine's address is the first argument."""
    addresses = [word for word in sys.argv[1:] if not word.startswith("-")]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=THREADS), options=OPTIONS)
    service = Service(Engine(addresses[0] if addresses else ""))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    end = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        end.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # The engine reads the port from the first line.
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    end.wait()
    server.stop(grace=None)


if __name__ == "__main__":
    main()
