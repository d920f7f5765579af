"""Text that others wrote, made harmless for a page: no secret, no sentinel, no markup, no mention, no invisible character."""

import re
import unicodedata

from policies import secrets
from policies.wire import SENTINELS

HIDDEN = "[hidden]"
LATER = "(known in the update)"
CUT = "…"
_PEM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL
)
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$^=])")
# Between a sign and what makes it a mention or a reference: joins words, and is seen by nobody.
_JOINER = "\u2060"
_REFERENCE = re.compile(r"([@#!]|&(?=\d)|\bGH(?=-\d))(?=[\w-])")


def scrubbed(text: str) -> str:
    """Without what has the form of a secret, and without the engine's marks of unknown values."""
    for sentinel in SENTINELS:
        text = text.replace(sentinel, LATER)
    text = _PEM.sub(HIDDEN, text)
    for _, pattern in secrets.FORMS:
        text = pattern.sub(HIDDEN, text)
    text = secrets.URL.sub(_without_password, text)
    text = secrets.HEADER.sub(_without_password, text)
    return secrets.PAIR.sub(_without_value, text)


def visible(text: str) -> str:
    """On one line, without control, bidirectional and zero-width characters."""
    spaced = " ".join(text.split())
    return "".join(one for one in spaced if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def cut(text: str, longest: int) -> str:
    """At most so many characters, the last one saying that there were more."""
    return text if len(text) <= longest else text[: longest - 1] + CUT


def prose(text: str, longest: int = 600) -> str:
    """As Markdown that shows just this text: nobody is mentioned, nothing is linked, no tag is one."""
    safe = _line(text, longest)
    joined = _REFERENCE.sub(rf"\1{_JOINER}", safe)
    escaped = _MARKUP.sub(r"\\\1", joined).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r":(?=//)", r"\:", escaped)


def code(text: str, longest: int = 160) -> str:
    """As a span of code, also in a table's cell: a fence longer than any run of backticks inside."""
    safe = _line(text, longest)
    if not safe:
        return ""
    runs = [len(run) for run in re.findall(r"`+", safe)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if safe.startswith("`") or safe.endswith("`") else ""
    # A cell's bar is escaped also inside of code, where GitHub takes the stroke away again.
    return f"{fence}{pad}{safe.replace('|', chr(92) + '|')}{pad}{fence}"


def _line(text: str, longest: int) -> str:
    # What is far beyond the cut is scrubbed, since a secret must not be halved, and looked at no more.
    return cut(visible(scrubbed(text)[: 8 * longest]), longest)


def _without_password(match: re.Match[str]) -> str:
    whole = match.group(0)
    for secret in match.groups():
        if secret:
            whole = whole.replace(secret, HIDDEN)
    return whole


def _without_value(match: re.Match[str]) -> str:
    name, value = match.group(1), match.group(2)
    return match.group(0).replace(value, HIDDEN) if secrets.is_held(name, value) else match.group(0)
