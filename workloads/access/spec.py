"""The files that access is made from, read and judged."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from components.faults import Faults
from workloads.access.args import AccessArgs
from workloads.access.callers import RULE
from workloads.spec import OBJECTS_SECRET, PROTECTION_SECRET

AWS_FILES = ("credentials", "config")
# Of a store whose certificate a private authority signed: `ca_bundle` in the file `config` names it where pods mount it.
CA_FILE = "ca.pem"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessSpec:
    """Contents of the secrets; none of it is shown by `repr`."""

    stores: dict[str, dict[str, str]] = field(repr=False)
    """Secret -> file -> content."""
    private_key: str = field(repr=False)
    public_key: str
    callers: str = field(repr=False)
    """The file of callers."""
    registry_auth: str = field(repr=False)
    """Docker's `config.json`; "" where nodes pull by themselves."""

    @classmethod
    def parse(cls, args: AccessArgs) -> Self:
        """Raises SpecError for a file that cannot be read, or a key that is no Ed25519 key."""
        faults = Faults("Access")
        stores = {
            secret: {
                name: _read(faults, "storesFolder", args["stores"] / secret / name) for name in _files(args, secret)
            }
            for secret in (OBJECTS_SECRET, PROTECTION_SECRET)
        }
        private = _read(faults, "signingKeyFile", args["signing_key"])
        callers = _read(faults, "callersFile", args["callers"])
        login = args.get("registry_auth")
        auth = _read(faults, "registryAuthFile", login) if login else ""
        faults.raise_if_any()
        public = _public(faults, args["signing_key"], private)
        _check_callers(faults, args["callers"], callers)
        if login:
            _check_login(faults, login, auth)
        faults.raise_if_any()
        return cls(stores=stores, private_key=private, public_key=public, callers=callers, registry_auth=auth)


def _check_callers(faults: Faults, path: Path, content: str) -> None:
    try:
        document = cast("object", json.loads(content))
    except ValueError:
        document = None
    entries = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    digests = [cast("dict[str, object]", one).get("sha256") for one in entries.values() if isinstance(one, dict)]
    faults.unless(
        bool(entries)
        and len(digests) == len(entries)
        and all(isinstance(one, str) and re.fullmatch(r"[0-9a-f]{64}", one) for one in digests),
        "callersFile",
        str(path),
        RULE,
        "printf %s KEY | sha256sum gives a key's digest",
    )


def _check_login(faults: Faults, path: Path, content: str) -> None:
    """A login that a program of this machine keeps (`credsStore`) is none to a node."""
    try:
        document = cast("object", json.loads(content))
    except ValueError:
        document = None
    auths = cast("dict[str, object]", document).get("auths") if isinstance(document, dict) else None
    logins = list(cast("dict[str, object]", auths).values()) if isinstance(auths, dict) else []
    faults.unless(
        bool(logins) and all(isinstance(login, dict) and "auth" in login for login in logins),
        "registryAuthFile",
        str(path),
        "the file is Docker's config.json and holds the logins themselves: auths, each with auth",
        "kubectl create secret docker-registry registry --dry-run=client -o yaml shows its form",
    )


def _files(args: AccessArgs, secret: str) -> tuple[str, ...]:
    return (*AWS_FILES, CA_FILE) if (args["stores"] / secret / CA_FILE).exists() else AWS_FILES


def _read(faults: Faults, key: str, path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        faults.unless(False, key, str(path), f"the file can be read ({error.strerror})", "correct the path")
        return ""


def _public(faults: Faults, path: Path, private: str) -> str:
    try:
        key = load_pem_private_key(private.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    rule = "the file holds an Ed25519 private key in PEM, without a passphrase"
    faults.unless(False, "signingKeyFile", str(path), rule, "openssl genpkey -algorithm ed25519 -out FILE")
    return ""
