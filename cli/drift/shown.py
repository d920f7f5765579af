"""Values as a reader may see them: nothing secret, one line, not long."""

import json
import re
from typing import cast

from host.documents import mapping, sequence
from policies.secrets import form_of, is_held, is_named

LONGEST = 120
# A bidirectional mark or an escape of a terminal in a value would rewrite the line that it stands in.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
# What an operator puts into these is free text, in which a secret may be embedded.
HIDDEN = (
    (re.compile(r"kubernetes:core/v1:(Secret|SecretPatch)"), re.compile(r"(data|stringData)\b.*")),
    (re.compile(r"kubernetes:core/v1:(ConfigMap|ConfigMapPatch)"), re.compile(r"(data|binaryData)\b.*")),
    (re.compile(r"kubernetes:.*"), re.compile(r".*\.(env(\[\d+\].*)?|\w*[cC]ontainers)")),
    (re.compile(r"aws:.*"), re.compile(r"(.*\.)?userData(Base64)?")),
    (re.compile(r"aifactory:object_store:Object"), re.compile(r"content|sha256")),
)


class Secret:
    """Stands for a value that the engine keeps secret. Two are never told apart."""

    def __repr__(self) -> str:
        return "[secret]"


SECRET = Secret()


def secret_in(kind: str, path: str, value: object) -> bool:
    """Whether a value at a property must not be shown, for what holds it, for its name or for its own form."""
    if any(types.fullmatch(kind) and paths.fullmatch(path) for types, paths in HIDDEN):
        return True
    return _secret(re.split(r'[.\["\]]+', path.rstrip('"]'))[-1], value)


def _secret(name: str, value: object) -> bool:
    match value:
        case Secret():
            return True
        case str():
            parsed = _parsed(value)
            return is_held(name, value) or bool(form_of(value)) or (parsed is not None and _secret("", parsed))
        case dict():
            items = mapping(cast("object", value)).items()
            return any(_secret(key, one) for key, one in items)
        case list():
            return is_named(name) or any(_secret(name, one) for one in sequence(cast("object", value)))
        case _:
            return False


def _parsed(value: str) -> object:
    """The document that a text is; None where it is none."""
    if not value.startswith(("{", "[")):
        return None
    try:
        return cast("object", json.loads(value))
    except ValueError:
        return None


def one_line(text: str) -> str:
    """A text without what would end or rewrite its line."""
    return CONTROL.sub(" ", text)


def shown(value: object, *, hidden: bool) -> str:
    """A value in one line; `hidden` where either side of its difference is secret."""
    if value is None:
        return "absent"
    if hidden:
        return "[secret]"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    line = one_line(text) or '""'
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
