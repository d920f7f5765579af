"""Runs Python programs and policy packs for an engine without a language host of its own.

An official Pulumi release ships `pulumi-language-python`, which is always preferred; the lab puts this one on PATH only
beside an engine that was built from source.
"""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, cast

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from pulumi_plugin.server import serve_until_ended

Run = Callable[[language_pb2.RunRequest, grpc.ServicerContext], language_pb2.RunResponse]


class PythonHost(LanguageServer):
    """The SDK's in-process language server, which lacks what an engine calls when it starts a program by itself."""

    def __init__(self) -> None:
        super().__init__(program=_nothing)

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=str(getattr(pulumi, "__version__", "0.0.0")))

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        yield language_pb2.InstallDependenciesResponse(stdout=b"dependencies are managed by uv\n")

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        return language_pb2.GetProgramDependenciesResponse()

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        root = Path(request.info.program_directory or request.pwd)
        entry = root / (request.info.entry_point or ".")

        def program() -> None:
            os.chdir(request.pwd or root)
            target = entry / "__main__.py" if entry.is_dir() else entry
            sys.path.insert(0, str(target.parent))
            runpy.run_path(str(target), run_name="__main__")

        self.program = program
        run = cast("Run", super().Run)
        response = run(request, context)
        # An error was logged to the engine already; bailing keeps it from being shown twice.
        return language_pb2.RunResponse(bail=True) if response.error else response

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Starts a policy pack or a provider written in Python and streams what it prints."""
        directory = request.info.program_directory or request.pwd
        arguments = list(request.args)
        if request.kind == "analyzer":
            command = [sys.executable, "-u", "-m", "pulumi.policy", *arguments[:1], directory, *arguments[1:]]
        else:
            command = [sys.executable, "-u", directory, *arguments]
        environment = dict(entry.split("=", 1) for entry in request.env if "=" in entry) or dict(os.environ)
        child = subprocess.Popen(
            command, cwd=request.pwd or directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        context.add_callback(child.terminate)
        output: SimpleQueue[language_pb2.RunPluginResponse | None] = SimpleQueue()

        def pump(stream: BinaryIO, *, out: bool) -> None:
            for line in iter(stream.readline, b""):
                output.put(
                    language_pb2.RunPluginResponse(stdout=line) if out else language_pb2.RunPluginResponse(stderr=line)
                )
            output.put(None)

        streams = [(child.stdout, True), (child.stderr, False)]
        for stream, out in streams:
            if stream is not None:
                Thread(target=pump, args=(stream,), kwargs={"out": out}, daemon=True).start()
        ended = 0
        while ended < len(streams):
            response = output.get()
            if response is None:
                ended += 1
            else:
                yield response
        yield language_pb2.RunPluginResponse(exitcode=child.wait())


def _nothing() -> None:
    return None


def main() -> None:
    """Serves until the engine interrupts."""
    serve_until_ended(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(PythonHost(), server))


if __name__ == "__main__":
    main()
