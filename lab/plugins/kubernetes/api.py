"""The Kubernetes API over HTTPS, as one kubeconfig reaches it."""

import base64
import json
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import cast
from urllib.parse import urlencode

import urllib3
import yaml

from host.documents import Values, mapping, sequence, text
from pulumi_plugin.server import PluginError

# Seconds to wait for a kind that a definition, created a moment ago, is about to bring.
NEW_KIND = 60.0
PACE = 0.5
APPLY = "application/apply-patch+yaml"
FORCE = "pulumi.com/patchForce"
"""Annotation, "true" or absent: fields that another manager owns are taken over."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Where objects of one kind are found."""

    group_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        within = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{_root(self.group_version)}{within}/{self.plural}" + (f"/{name}" if name else "")


class Api:
    """Requests to one API server. Every method raises PluginError with what the server refused, in its words."""

    def __init__(self, kubeconfig: str) -> None:
        document = mapping(cast("object", yaml.safe_load(_content(kubeconfig))))
        wanted = text(document.get("current-context"))
        context = mapping(_named(document, "contexts", wanted).get("context"))
        cluster = mapping(_named(document, "clusters", text(context.get("cluster"))).get("cluster"))
        user = mapping(_named(document, "users", text(context.get("user"))).get("user"))
        self.server = text(cluster.get("server"))
        if not self.server:
            raise PluginError(f"kubeconfig: context {wanted!r} names no cluster with a server")
        trust = ssl.create_default_context()
        if data := text(cluster.get("certificate-authority-data")):
            trust.load_verify_locations(cadata=base64.b64decode(data).decode())
        elif path := text(cluster.get("certificate-authority")):
            trust.load_verify_locations(cafile=path)
        self._headers: dict[str, str] = {}
        if token := text(user.get("token")):
            self._headers["Authorization"] = f"Bearer {token}"
        with tempfile.TemporaryDirectory(prefix="kubernetes-") as folder:
            pair = [_file(user, part, Path(folder) / part) for part in ("client-certificate", "client-key")]
            if pair[0] and pair[1]:
                trust.load_cert_chain(pair[0], pair[1])
        self._pool = urllib3.PoolManager(ssl_context=trust, timeout=urllib3.Timeout(connect=5, read=60), maxsize=16)
        self._kinds: dict[tuple[str, str], Kind] = {}

    def request(
        self, method: str, path: str, body: object = None, content_type: str = "application/json", **query: str
    ) -> tuple[int, Values]:
        """Status and answer. Raises PluginError where the server cannot be reached."""
        try:
            response = self._pool.request(
                method,
                self.server + path + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers={**self._headers, "Content-Type": content_type},
                retries=urllib3.Retry(total=2, read=0, backoff_factor=0.5),
            )
        except urllib3.exceptions.HTTPError as error:
            raise PluginError(f"{self.server}: the Kubernetes API does not answer ({type(error).__name__})") from error
        try:
            return response.status, mapping(cast("object", json.loads(response.data or b"{}")))
        except json.JSONDecodeError:
            return response.status, {"message": response.data.decode(errors="replace")[:200]}

    def kind(self, group_version: str, kind: str, patience: float = NEW_KIND) -> Kind:
        """Where a kind is found; waits for one that a definition may be about to bring."""
        paced = Event()
        for _ in range(max(1, int(patience / PACE))):
            known = self.known(group_version, kind)
            if known:
                return known
            if _is_built_in(group_version):
                break
            paced.wait(PACE)
        raise PluginError(
            f"{group_version} {kind}: the cluster at {self.server} has no such kind; "
            "correct apiVersion and kind, or declare its CustomResourceDefinition"
        )

    def known(self, group_version: str, kind: str) -> Kind | None:
        """Where a kind is found; None where the server has none."""
        if (group_version, kind) not in self._kinds:
            path = _root(group_version)
            status, answer = self.request("GET", path)
            if status != 404:
                self.accepted(status, answer, path)
            for item in sequence(answer.get("resources")):
                found = mapping(item)
                plural = text(found.get("name"))
                if "/" not in plural:
                    self._kinds[group_version, text(found.get("kind"))] = Kind(
                        group_version, plural, found.get("namespaced") is True
                    )
        return self._kinds.get((group_version, kind))

    def get(self, path: str) -> Values | None:
        """The object at `path`, None where there is none."""
        status, answer = self.request("GET", path)
        if status == 404:
            return None
        return self.accepted(status, answer, path)

    def apply(self, path: str, manifest: Values, manager: str, *, force: bool) -> Values:
        """Server-side apply: fields that `manager` set before and no longer names are removed."""
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        status, answer = self.request("PATCH", path, manifest, APPLY, **query)
        causes = [mapping(cause) for cause in sequence(mapping(answer.get("details")).get("causes"))]
        owned = [cause for cause in causes if cause.get("reason") == "FieldManagerConflict"]
        if owned:
            what = "; ".join(f"{cause.get('field')}: {cause.get('message')}" for cause in owned)
            raise PluginError(
                f"{path.rpartition('/')[2]}: fields that are declared here belong to another manager ({what}); "
                f'declare them no more, or set the annotation {FORCE}: "true" to take them over'
            )
        return self.accepted(status, answer, path)

    def accepted(self, status: int, answer: Values, path: str) -> Values:
        """`answer` unless its status is an error."""
        if status >= 400:
            raise PluginError(f"{path.rpartition('/')[2]}: {answer.get('message') or f'status {status}'}")
        return answer


def _root(group_version: str) -> str:
    return f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"


def _is_built_in(group_version: str) -> bool:
    """Whether only the API server itself can serve a group: the group of a definition has a dot in its name."""
    return "/" not in group_version or "." not in group_version.partition("/")[0]


def _content(kubeconfig: str) -> str:
    if "\n" in kubeconfig or kubeconfig.lstrip().startswith("{"):
        return kubeconfig
    path = Path(kubeconfig).expanduser()
    if not path.is_file():
        raise PluginError(f"kubeconfig = {kubeconfig!r}: is no file; name one, or give its content")
    return path.read_text()


def _named(document: Values, section: str, name: str) -> Values:
    for item in sequence(document.get(section)):
        if mapping(item).get("name") == name:
            return mapping(item)
    return {}


def _file(user: Values, part: str, scratch: Path) -> str:
    """The path of a certificate or key that is given by path or by content."""
    if data := text(user.get(f"{part}-data")):
        scratch.touch(mode=0o600)
        scratch.write_bytes(base64.b64decode(data))
        return str(scratch)
    return text(user.get(part))
