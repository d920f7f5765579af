"""Who may ask the model: names of callers and the SHA-256 of each one's key. No key is known here."""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from workloads.inference.app.refusal import Refusal
from workloads.stage.app.error import StageError

FILE_RULE = (
    "is a JSON object of callers, each with `sha256` (64 hex digits) and `expires` (ISO 8601 with an offset, or null)"
)
REMEDY = "set `callersFile` of the layer workloads and deploy it"
_BEARER = re.compile(r"[Bb]earer +(\S+)")
# Longer than any key that was handed out; nothing longer is hashed.
_LONGEST_KEY = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """One who may ask, by a key of which only the digest is known."""

    name: str
    sha256: bytes
    expires: datetime | None


class Callers:
    """The callers of a file that may be replaced while the gateway runs: what it no longer names is refused from then on."""

    def __init__(self, path: Path) -> None:
        """Raises StageError where the file cannot be read, is malformed or names nobody."""
        self._path = path
        self._read_as = _identity(path)
        self._callers = read(path)
        self._fault = ""

    def identify(self, authorization: str, now: datetime) -> str:
        """Name of the caller whose key `authorization`, the value of that header, carries. Raises Refusal."""
        self._refresh()
        if self._fault:
            # A file that was replaced by a broken one may have been replaced to revoke a key.
            raise Refusal(503, "the gateway cannot read its callers, so nobody is answered", "callers_unreadable")
        found = _BEARER.fullmatch(authorization)
        if not found or len(found[1]) > _LONGEST_KEY:
            raise Refusal(401, "no API key was given: send the header `Authorization: Bearer KEY`", "missing_api_key")
        digest = hashlib.sha256(found[1].encode("utf-8", "surrogateescape")).digest()
        # Every caller is compared, so that the time it takes says nothing of whose key is near.
        matching = [caller for caller in self._callers if hmac.compare_digest(caller.sha256, digest)]
        if not matching:
            raise Refusal(401, "the API key is not known, or was revoked", "invalid_api_key")
        (caller, *_) = matching
        if caller.expires is not None and now >= caller.expires:
            raise Refusal(401, f"the API key expired at {caller.expires.isoformat()}", "expired_api_key")
        return caller.name

    def failure(self) -> str:
        """Why the file cannot be read now; "" where it can."""
        self._refresh()
        return self._fault

    def _refresh(self) -> None:
        found = _identity(self._path)
        if found == self._read_as:
            return
        try:
            self._callers, self._fault = read(self._path), ""
        except StageError as error:
            self._fault = str(error)
        self._read_as = found


def read(path: Path) -> tuple[Caller, ...]:
    """The callers of a file. Raises StageError where it cannot be read, is malformed or names nobody."""
    try:
        document = cast(object, json.loads(path.read_bytes()))
    except OSError as error:
        raise StageError("CALLERS_FILE", str(path), f"can be read ({error.strerror})", REMEDY) from None
    except (ValueError, RecursionError):
        raise StageError("CALLERS_FILE", str(path), FILE_RULE, REMEDY) from None
    entries: Mapping[str, object] = cast(Mapping[str, object], document) if isinstance(document, dict) else {}
    if not entries:
        raise StageError("CALLERS_FILE", str(path), f"{FILE_RULE}, and names one at least", REMEDY)
    return tuple(_caller(path, name, entry) for name, entry in entries.items())


def _caller(path: Path, name: str, entry: object) -> Caller:
    values: Mapping[str, object] = cast(Mapping[str, object], entry) if isinstance(entry, dict) else {}
    digest, expires = values.get("sha256"), values.get("expires")
    date = _date(expires) if isinstance(expires, str) else None
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest) or (expires is not None and not date):
        raise StageError(f"CALLERS_FILE, caller {name}", str(path), FILE_RULE, REMEDY)
    return Caller(name=name, sha256=bytes.fromhex(digest), expires=date)


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date.astimezone(UTC) if date.tzinfo else None


def _identity(path: Path) -> tuple[int, ...]:
    """What changes when the file does. A mounted Secret is replaced as a whole: the same path is then another file."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
