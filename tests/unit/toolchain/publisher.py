"""A server that plays the publishers, well and badly, as a mirror of them."""

import hashlib
import io
import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


class Publisher(ThreadingHTTPServer):
    """Answers with `files`; how it misbehaves is said by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.truncated: dict[str, int] = {}
        """Path -> how often its answer ends in the middle."""
        self.hanging: set[str] = set()
        """Paths that are answered with a head, half of the body and then nothing."""
        self.asked: list[str] = []
        self.ended = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def publish(self, url: str, content: bytes, checksums: str = "", *, digest: str = "") -> str:
        """Puts a file where a mirror has it, and its line into the list; returns the SHA-256 it is listed with."""
        listed = digest or hashlib.sha256(content).hexdigest()
        self.files[path_of(url)] = content
        if checksums:
            known = self.files.get(path_of(checksums), b"")
            self.files[path_of(checksums)] = known + f"{listed}  {url.rpartition('/')[2]}\n".encode()
        return listed


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Publisher)
        server.asked.append(self.path)
        content = server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.path in server.hanging:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            server.ended.wait()
        elif server.truncated.get(self.path, 0):
            server.truncated[self.path] -= 1
            self.wfile.write(content[: len(content) // 2])
        else:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextmanager
def publishing() -> Generator[Publisher]:
    server = Publisher()
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def path_of(url: str) -> str:
    return f"/{url.partition('://')[2]}"


def archive(members: dict[str, bytes | str]) -> bytes:
    """A .tar.gz: of a member's text the content of a file, of a `str` the target of a link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            if isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                made.addfile(entry)
            else:
                entry.size, entry.mode = len(content), 0o644
                made.addfile(entry, io.BytesIO(content))
    return out.getvalue()
