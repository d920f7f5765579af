"""A proxy and a private certificate authority, as companies have them: what the environment names is what is used."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from host.cache import REPOSITORY
from tests.support import authority

HOST = "store.example.internal"
ANSWER = b"<ListBucketResult></ListBucketResult>"
# What asks a store and a publisher, as the provider of buckets and the toolchain do.
ASK_STORE = f"""
from components.object_store.store import s3_of, translate_errors
with translate_errors("objects", "https://{HOST}", ""):
    s3_of("https://{HOST}", "").list_objects_v2(Bucket="objects", MaxKeys=1)
print("answered")
"""
ASK_PUBLISHER = f"""
import urllib.request
print("answered" if urllib.request.urlopen("https://{HOST}/kubectl", timeout=10).status == 200 else "refused")
"""


@dataclass
class Proxy:
    """Takes CONNECT for any name and answers by itself, under a certificate of the test's authority."""

    port: int
    authority: Path
    connected: list[str] = field(default_factory=list[str])


@pytest.fixture
def proxy(tmp_path: Path) -> Generator[Proxy]:
    issued = authority.issue(tmp_path, names=[HOST])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Proxy(int(listener.getsockname()[1]), issued.authority)
        thread = threading.Thread(target=_serve, args=(listener, context, made), daemon=True)
        thread.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext, proxy: Proxy) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(10)
            proxy.connected.append(_head(connection).split()[1])
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    _head(secure)
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(ANSWER)}\r\nConnection: close\r\n\r\n"
                    secure.sendall(head.encode() + ANSWER)
            except OSError:
                # A client that does not trust the authority goes away.
                continue


def _head(connection: socket.socket) -> str:
    output = b""
    while b"\r\n\r\n" not in output:
        part = connection.recv(4096)
        if not part:
            break
        output += part
    return output.decode()


def ask(source: str, proxy: Proxy, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_MAX_ATTEMPTS": "1",
        **more,
    }
    command = [sys.executable, "-c", source]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("source", "variable"), [(ASK_STORE, "AWS_CA_BUNDLE"), (ASK_PUBLISHER, "SSL_CERT_FILE")])
def test_a_store_and_a_publisher_are_reached_through_the_proxy(proxy: Proxy, source: str, variable: str) -> None:
    done = ask(source, proxy, **{variable: str(proxy.authority)})
    assert done.stdout.strip() == "answered", done.stderr
    assert set(proxy.connected) == {f"{HOST}:443"}


@pytest.mark.parametrize("source", [ASK_STORE, ASK_PUBLISHER])
def test_an_authority_that_nobody_named_is_not_trusted(proxy: Proxy, source: str) -> None:
    done = ask(source, proxy)
    assert done.returncode != 0
    assert "certificate verify failed" in done.stderr.lower()


def test_what_no_proxy_names_is_reached_without_it(proxy: Proxy) -> None:
    ask(ASK_STORE, proxy, NO_PROXY=HOST, AWS_CA_BUNDLE=str(proxy.authority))
    assert proxy.connected == []
