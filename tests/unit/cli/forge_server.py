"""A server that plays the comments of GitHub's and GitLab's API, over pages, with the failures that they have."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-of-a-test"
ME = "aifactory-bot"


@dataclass(slots=True)
class Comments:
    """What the server holds, and how it is to fail."""

    rows: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """`id`, `author` and `body`, the oldest first."""
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list[tuple[int, dict[str, str]]])
    """Status and headers of the next answers to requests that write."""
    writes_before_failing: bool = False
    """Whether a failing request was carried out all the same."""
    requests: list[str] = field(default_factory=list[str])
    user: int = 200
    """Status of the answer who the token is."""

    def add(self, body: str, author: str = ME) -> None:
        self.rows.append({"id": str(len(self.rows) + 1), "author": author, "body": body})


@contextmanager
def serving(comments: Comments, limit: int = 65_536) -> Generator[str]:
    """Address of the server while it serves."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            del format, args

        def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _allowed(self) -> bool:
            comments.requests.append(f"{self.command} {self.path}")
            given = (self.headers.get("Authorization"), self.headers.get("PRIVATE-TOKEN"))
            if given in ((f"Bearer {TOKEN}", None), (None, TOKEN)):
                return True
            self._send(401, {"message": "Bad credentials"})
            return False

        def do_GET(self) -> None:
            if not self._allowed():
                return
            if self.path.endswith("/user"):
                self._send(comments.user, {"login": ME, "username": ME} if comments.user == 200 else {"message": "no"})
                return
            query = parse_qs(urlsplit(self.path).query)
            page, size = int(query.get("page", ["1"])[0]), int(query["per_page"][0])
            rows = comments.rows[(page - 1) * size : page * size]
            more = page * size < len(comments.rows)
            base = f"http://{self.headers['Host']}{urlsplit(self.path).path}?per_page={size}"
            headers = {"X-Next-Page": str(page + 1) if more else ""}
            if more:
                headers["Link"] = f'<{base}&page={page + 1}>; rel="next", <{base}&page=9>; rel="last"'
            shown = [
                {
                    "id": int(one["id"]),
                    "body": one["body"],
                    "user": {"login": one["author"]},
                    "author": {"username": one["author"]},
                }
                for one in rows
            ]
            self._send(200, shown, headers)

        def _write(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
            if not self._allowed():
                return
            failure = comments.failures.pop(0) if comments.failures else None
            if failure is None or comments.writes_before_failing:
                if len(body) > limit:
                    self._send(422, {"message": "Validation Failed: Body is too long"})
                    return
                self._keep(body)
            if failure:
                self._send(failure[0], {"message": "secondary rate limit"}, failure[1])
            else:
                self._send(201 if self.command == "POST" else 200, {"id": 1})

        def _keep(self, body: str) -> None:
            if self.command == "POST":
                comments.add(body)
                return
            found = re.search(r"/(\d+)$", self.path)
            assert found is not None
            next(one for one in comments.rows if one["id"] == found.group(1))["body"] = body

        do_POST = do_PATCH = do_PUT = _write

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
