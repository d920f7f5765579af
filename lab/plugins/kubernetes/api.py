"""Requests to the Kubernetes API over HTTPS."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event
from typing import cast
from urllib.parse import quote, urlencode

import urllib3

from lab.plugins.kubernetes.kubeconfig import Access
from lab.plugins.server import PluginFault
from lab.plugins.values import Values, mapping, sequence, text

APPLY = "application/apply-patch+yaml"
# A webhook's pod is ready a moment before its Service leads to it.
WEBHOOK_TRIES, WEBHOOK_PACE = 20, 1.0


class Refused(PluginFault):
    """The API server's answer to a request that it did not carry out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(PluginFault):
    """No answer from the API server."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Where objects of one kind are found."""

    group_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """Of one object, or of all of them in a namespace."""
        within = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{root(self.group_version)}{within}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Api:
    """Requests to one API server. Every method raises PluginFault with what the server refused, in its words."""

    def __init__(self, access: Access, cancelled: Event) -> None:
        self.server = access.server
        self._cancelled = cancelled
        self._headers = access.headers()
        self._pool = urllib3.PoolManager(
            ssl_context=access.trust(),
            timeout=urllib3.Timeout(connect=5, read=60),
            maxsize=64,
            # Each request here may be repeated: apply, read and delete end at the same object. 429 and 503 ask for it.
            retries=urllib3.Retry(
                total=4,
                connect=2,
                backoff_factor=0.3,
                status_forcelist=(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
                allowed_methods=None,
                raise_on_status=False,
            ),
        )
        self._kinds: dict[str, dict[str, Kind]] = {}

    def get(self, path: str) -> Values | None:
        """The object at `path`, None where there is none."""
        try:
            return self._request("GET", path)[0]
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def listed(self, path: str, **query: str) -> list[Values]:
        """The objects of a kind in one namespace."""
        return [mapping(item) for item in sequence(self._request("GET", path, query=query)[0].get("items"))]

    def apply(
        self, path: str, manifest: Values, manager: str, *, force: bool, dry_run: bool = False
    ) -> tuple[Values, list[str]]:
        """Server-side apply: fields that `manager` set before and no longer names are removed. Object and warnings."""
        query = {"fieldManager": manager, "force": "true" if force else "false", "fieldValidation": "Warn"}
        if dry_run:
            query["dryRun"] = "All"
        for _ in range(WEBHOOK_TRIES):
            try:
                return self._request("PATCH", path, manifest, query)
            except Refused as refused:
                if dry_run or "failed calling webhook" not in str(refused) or self._cancelled.wait(WEBHOOK_PACE):
                    raise
        return self._request("PATCH", path, manifest, query)

    def delete(self, path: str, propagation: str) -> bool:
        """Asks for an object's end; False where there is none."""
        try:
            self._request("DELETE", path, {"propagationPolicy": propagation})
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def reachable(self) -> bool:
        """Whether the server answers at all."""
        try:
            self.get("/version")
        except Unreachable:
            return False
        except Refused:
            return True
        return True

    def kind(self, group_version: str, kind: str) -> Kind | None:
        """Where a kind is found; the server is asked again as long as it does not know it."""
        known = self._kinds.get(group_version, {})
        if kind not in known:
            answer = self.get(root(group_version)) or {}
            known = _kinds(group_version, map(mapping, sequence(answer.get("resources"))))
            self._kinds[group_version] = known
        return known.get(kind)

    def _request(
        self, method: str, path: str, body: Values | None = None, query: dict[str, str] | None = None
    ) -> tuple[Values, list[str]]:
        try:
            response = self._pool.request(
                method,
                self.server + path + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers={
                    **self._headers,
                    "Accept": "application/json",
                    "Content-Type": APPLY if method == "PATCH" else "application/json",
                },
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(
                f"the Kubernetes API at {self.server} cannot be reached ({_why(error)}): "
                "start the cluster, or correct the provider's kubeconfig"
            ) from error
        try:
            answer = mapping(cast("object", json.loads(response.data or b"{}")))
        except (json.JSONDecodeError, UnicodeDecodeError):
            answer = mapping({"message": response.data.decode(errors="replace").strip()[:200]})
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise Refused(response.status, text(answer.get("message")) or f"the server answered {response.status}")
        return answer, [_warning(line) for line in response.headers.getlist("Warning")]


def root(group_version: str) -> str:
    """The path under which the kinds of a group and version are."""
    return f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"


def _kinds(group_version: str, resources: Iterable[Values]) -> dict[str, Kind]:
    # With a slash it is a part of an object, as `pods/status`.
    return {
        text(found.get("kind")): Kind(group_version, text(found.get("name")), found.get("namespaced") is True)
        for found in resources
        if "/" not in text(found.get("name"))
    }


def _why(error: urllib3.exceptions.HTTPError) -> str:
    """The first cause in a few words: urllib3 wraps it into the names of its own objects."""
    reason = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) else error
    if isinstance(reason, urllib3.exceptions.ConnectTimeoutError):
        return "no answer in time"
    words = (
        str(reason).rpartition("object at 0x")[2].rpartition(": ")[2] if " object at 0x" in str(reason) else str(reason)
    )
    return words.strip("'()") or type(error).__name__


def _warning(header: str) -> str:
    """The text of `299 - "text"`."""
    return header.partition('"')[2].rpartition('"')[0] or header
