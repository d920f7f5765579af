"""The files that access is made from, read and judged."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NotRequired, Self, TypeVar

from annotated_types import Len
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pydantic import AwareDatetime, BeforeValidator, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from components.document import Text, broken, full
from components.violations import Violations
from workloads.access.args import AccessArgs
from workloads.access.callers import RULE
from workloads.access.identity import check_identity, config
from workloads.spec import LOGS_SECRET, OBJECTS_SECRET, PROTECTION_SECRET, SERVING_SECRET

AWS_FILES = ("credentials", "config")
# Of a store whose certificate a private authority signed: `ca_bundle` in the file `config` names it where pods mount it.
CA_FILE = "ca.pem"
# Secret -> the folder that stands in for its own where there is none.
FOLDERS = {
    OBJECTS_SECRET: OBJECTS_SECRET,
    PROTECTION_SECRET: PROTECTION_SECRET,
    SERVING_SECRET: OBJECTS_SECRET,
    LOGS_SECRET: PROTECTION_SECRET,
}
Content = TypeVar("Content")


def _written(value: object) -> object:
    if isinstance(value, str | None):
        return value
    raise broken("it is text or null")


class _Caller(TypedDict):
    sha256: Annotated[Text, full(r"[0-9a-f]{64}")]
    expires: NotRequired[Annotated[AwareDatetime | None, BeforeValidator(_written)]]


class _Login(TypedDict):
    auth: Text


class _Docker(TypedDict):
    auths: Annotated[dict[str, _Login], Len(1)]


_CALLERS = TypeAdapter(Annotated[dict[Annotated[str, Len(1)], _Caller], Len(1)])
_DOCKER = TypeAdapter(_Docker)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessSpec:
    """Contents of the secrets; none of it is shown by `repr`."""

    stores: dict[str, dict[str, str]] = field(repr=False)
    """Secret -> file -> content; empty where pods have an identity."""
    private_key: str = field(repr=False)
    public_key: str
    callers: str = field(repr=False)
    """The file of callers."""
    registry_auth: str = field(repr=False)
    """Docker's `config.json`; "" where nodes pull by themselves."""
    identity_config: str
    """The AWS file `config` of pods that have an identity; "" where secrets hold their accounts."""

    @property
    def accounts(self) -> str:
        """A version of the stores' accounts: another one where one of them changes.

        It stands in clear, and a user's secret may be short: without the signing key nobody can try secrets against it.
        """
        content = self.identity_config or json.dumps(self.stores, sort_keys=True)
        return hmac.new(self.private_key.encode(), content.encode(), hashlib.sha256).hexdigest()[:16]

    @classmethod
    def parse(cls, args: AccessArgs) -> Self:
        """Raises SpecError for a file that cannot be read, a key that is no Ed25519 key, a store that is not said
        where, and where pods are given accounts and an identity, or neither.
        """
        violations = Violations("Access")
        folder, identity = args.get("stores"), args.get("identity")
        violations.unless(
            (folder is None) != (identity is None),
            "storesFolder",
            str(folder or ""),
            "pods reach stores by the accounts in a folder, or by an identity of their own: exactly one of the two",
            "on AWS leave the folder out and say where each store is; elsewhere name the folder",
        )
        if identity is not None:
            check_identity(violations, identity)
        stores = _stores(violations, folder) if folder is not None else {}
        private = _read(violations, "signingKeyFile", args["signing_key"])
        callers = _read(violations, "callersFile", args["callers"])
        login = args.get("registry_auth")
        auth = _read(violations, "registryAuthFile", login) if login else ""
        violations.raise_if_any()
        public = _public(violations, args["signing_key"], private)
        _check_callers(violations, args["callers"], callers)
        if login:
            _check_login(violations, login, auth)
        violations.raise_if_any()
        return cls(
            stores=stores,
            private_key=private,
            public_key=public,
            callers=callers,
            registry_auth=auth,
            identity_config=config(identity) if identity is not None else "",
        )


def _check_callers(violations: Violations, path: Path, content: str) -> None:
    violations.unless(
        _fits(_CALLERS, content), "callersFile", str(path), RULE, "printf %s KEY | sha256sum gives a key's digest"
    )


def _check_login(violations: Violations, path: Path, content: str) -> None:
    """A login that a program of this machine keeps (`credsStore`) is none to a node."""
    violations.unless(
        _fits(_DOCKER, content),
        "registryAuthFile",
        str(path),
        "the file is Docker's config.json and holds the logins themselves: auths, each with auth",
        "kubectl create secret docker-registry registry --dry-run=client -o yaml shows its form",
    )


def _fits(kind: TypeAdapter[Content], content: str) -> bool:
    """Whether a file is of that form. What differs is not shown: it may hold a key in clear."""
    try:
        kind.validate_json(content)
    except ValidationError:
        return False
    return True


def _stores(violations: Violations, root: Path) -> dict[str, dict[str, str]]:
    folders = {secret: _folder(root, secret, other) for secret, other in FOLDERS.items()}
    return {
        secret: {name: _read(violations, "storesFolder", folder / name) for name in _files(folder)}
        for secret, folder in folders.items()
    }


def _folder(stores: Path, secret: str, other: str) -> Path:
    return stores / secret if (stores / secret).is_dir() else stores / other


def _files(folder: Path) -> tuple[str, ...]:
    return (*AWS_FILES, CA_FILE) if (folder / CA_FILE).exists() else AWS_FILES


def _read(violations: Violations, key: str, path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        violations.unless(False, key, str(path), f"the file can be read ({error.strerror})", "correct the path")
        return ""


def _public(violations: Violations, path: Path, private: str) -> str:
    try:
        key = load_pem_private_key(private.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    rule = "the file holds an Ed25519 private key in PEM, without a passphrase"
    violations.unless(False, "signingKeyFile", str(path), rule, "openssl genpkey -algorithm ed25519 -out FILE")
    return ""
