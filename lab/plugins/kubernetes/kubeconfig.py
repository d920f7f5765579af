"""Which API server a kubeconfig names, and with which credentials."""

import base64
import binascii
import json
import os
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

from lab.plugins.server import PluginFault
from lab.plugins.values import Values, mapping, sequence, text

REMEDY = "name a kubeconfig file, or give its content"


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """How the API server of one context is reached."""

    server: str
    namespace: str
    """Of the context; empty where it names none."""
    cluster: Values = field(repr=False)
    user: Values = field(repr=False)
    folder: Path
    """Relative paths in a kubeconfig are relative to its own folder."""

    def headers(self) -> dict[str, str]:
        """What each request carries so that the server knows its sender."""
        token = text(self.user.get("token"))
        if not token and (path := text(self.user.get("tokenFile"))):
            token = self._read(path).decode().strip()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def trust(self) -> ssl.SSLContext:
        """TLS with the cluster's authority and the user's certificate."""
        context = ssl.create_default_context()
        if self.cluster.get("insecure-skip-tls-verify") is True:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            if authority := self._content(self.cluster, "certificate-authority"):
                context.load_verify_locations(cadata=authority.decode())
            certificate = self._content(self.user, "client-certificate")
            key = self._content(self.user, "client-key")
            if certificate and key:
                # OpenSSL reads files only. A file in memory leaves the key nowhere.
                memory = os.memfd_create("client")
                try:
                    os.write(memory, certificate + b"\n" + key)
                    context.load_cert_chain(f"/proc/self/fd/{memory}")
                finally:
                    os.close(memory)
        except (ssl.SSLError, binascii.Error, UnicodeDecodeError) as error:
            raise PluginFault(f"kubeconfig: a certificate or key of {self.server} cannot be read ({error})") from error
        return context

    def _content(self, section: Values, part: str) -> bytes:
        if data := text(section.get(f"{part}-data")):
            return base64.b64decode(data, validate=True)
        return self._read(path) if (path := text(section.get(part))) else b""

    def _read(self, path: str) -> bytes:
        try:
            return (self.folder / Path(path).expanduser()).read_bytes()
        except OSError as error:
            raise PluginFault(f"kubeconfig: {path}: {error.strerror}") from error


def default() -> str:
    """The kubeconfig where the provider names none, as kubectl finds it."""
    return os.environ.get("KUBECONFIG", "").split(os.pathsep)[0] or "~/.kube/config"


def access(kubeconfig: str, context: str = "", cluster: str = "") -> Access:
    """Reads a kubeconfig, given as content or as path. Raises PluginFault where it names no server."""
    content, folder = _source(kubeconfig)
    try:
        document = mapping(cast("object", yaml.safe_load(content)))
    except yaml.YAMLError as error:
        raise PluginFault(f"kubeconfig: is no YAML; {REMEDY}") from error
    name = context or text(document.get("current-context"))
    wanted = _named(document, "contexts", "context", name)
    found = _named(document, "clusters", "cluster", cluster or text(wanted.get("cluster")))
    user = _named(document, "users", "user", text(wanted.get("user")))
    server = text(found.get("server")).rstrip("/")
    if not server:
        raise PluginFault(f"kubeconfig: context {name!r} names no cluster with a server; {REMEDY}")
    if asked := mapping(user.get("exec")):
        user = {**user, **_asked(asked, folder)}
    return Access(server=server, namespace=text(wanted.get("namespace")), cluster=found, user=user, folder=folder)


def _source(kubeconfig: str) -> tuple[str, Path]:
    if "\n" in kubeconfig or kubeconfig.lstrip().startswith("{"):
        return kubeconfig, Path.cwd()
    path = Path(kubeconfig).expanduser()
    try:
        return path.read_text(), path.parent
    except OSError as error:
        raise PluginFault(f"kubeconfig = {kubeconfig!r}: {error.strerror}; {REMEDY}") from error


def _named(document: Values, section: str, part: str, name: str) -> Values:
    for item in sequence(document.get(section)):
        if mapping(item).get("name") == name:
            return mapping(mapping(item).get(part))
    return {}


def _asked(command: Values, folder: Path) -> Values:
    """The user's credentials from the program that a kubeconfig names, as `aws eks get-token` gives them."""
    words = [text(command.get("command")), *(text(word) for word in sequence(command.get("args")))]
    given = {text(mapping(item).get("name")): text(mapping(item).get("value")) for item in sequence(command.get("env"))}
    told: Values = {"apiVersion": command.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": False}}
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(told)},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        status = mapping(mapping(cast("object", json.loads(done.stdout))).get("status"))
    except subprocess.CalledProcessError as error:
        last = (cast("str", error.stderr) or "").strip().rpartition("\n")[2]
        raise PluginFault(f"kubeconfig: {words[0]} gave no credentials: {last}") from error
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        raise PluginFault(f"kubeconfig: {words[0]} gave no credentials ({error})") from error
    pair = {"client-certificate-data": "clientCertificateData", "client-key-data": "clientKeyData"}
    found: Values = {
        ours: base64.b64encode(text(status.get(theirs)).encode()).decode()
        for ours, theirs in pair.items()
        if status.get(theirs)
    }
    return {**found, "token": text(status.get("token"))}
