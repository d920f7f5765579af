"""The lab's Kubernetes API over HTTPS, for what is written every few seconds: one process and one connection for all of it.

Not kubectl, which starts a process of 60 MB for each request, and not Kubernetes' own client for Python: server-side apply of a
mapping is one PATCH, and of its 700 classes none would be used.
"""

import json
import ssl
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import urllib3
import yaml

from components.errors import FactoryError
from host.documents import Values, mapping, sequence, text

APPLY = "application/apply-patch+yaml"


class ApiError(FactoryError):
    """What the API server refused, in its words, or that it does not answer."""


class Api:
    """Requests to the API server that a kubeconfig of the lab names. Every method raises ApiError."""

    def __init__(self, kubeconfig: Path) -> None:
        """Of a kubeconfig as the lab writes it: one cluster and one user, whose certificates are files."""
        document = mapping(cast("object", yaml.safe_load(kubeconfig.read_text())))
        cluster = _only(document, "clusters", "cluster")
        user = _only(document, "users", "user")
        self.server = text(cluster.get("server"))
        trust = ssl.create_default_context(cafile=text(cluster.get("certificate-authority")))
        trust.load_cert_chain(text(user.get("client-certificate")), text(user.get("client-key")))
        self._pool = urllib3.PoolManager(ssl_context=trust, timeout=urllib3.Timeout(connect=5, read=60), maxsize=16)

    def request(
        self, method: str, path: str, body: object = None, content_type: str = "application/json", **query: str
    ) -> tuple[int, Values]:
        """Status and answer."""
        try:
            response = self._pool.request(
                method,
                self.server + path + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": content_type},
                retries=urllib3.Retry(total=2, read=0, backoff_factor=0.5),
            )
        except urllib3.exceptions.HTTPError as error:
            raise ApiError(f"{self.server}: the Kubernetes API does not answer ({type(error).__name__})") from error
        try:
            return response.status, mapping(cast("object", json.loads(response.data or b"{}")))
        except json.JSONDecodeError:
            return response.status, {"message": response.data.decode(errors="replace")[:200]}

    def get(self, path: str) -> Values | None:
        """The object at `path`, None where there is none."""
        status, answer = self.request("GET", path)
        return None if status == 404 else self.accepted(status, answer, path)

    def apply(self, path: str, manifest: Values, manager: str, *, force: bool) -> Values:
        """Server-side apply: fields that `manager` set before and no longer names are removed."""
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        status, answer = self.request("PATCH", path, manifest, APPLY, **query)
        return self.accepted(status, answer, path)

    def accepted(self, status: int, answer: Values, path: str) -> Values:
        """`answer` unless its status is an error."""
        if status >= 400:
            raise ApiError(f"{path.rpartition('/')[2]}: {answer.get('message') or f'status {status}'}")
        return answer


def _only(document: Values, section: str, part: str) -> Values:
    (item,) = sequence(document.get(section))
    return mapping(mapping(item).get(part))
