"""Everyone who may read a pod reads its environment, its command and its arguments."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

from policies.resource import PolicyResource, Values, mapping, sequence
from policies.rules.workload.pods import containers, pods

# Words of a name that say its value is a secret. PGPASSWORD and MYSQL_PWD are what their clients read.
_WORD = re.compile(
    r"(^|_)(SECRET|\w*PASSWORD|PASSWD|PWD|PASSPHRASE|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH)(_|$)"
)
# Names whose last word says where a secret is, or how many, how long or of which kind: their values are none.
_NO_SECRET = re.compile(
    r"_(FILE|FILES|PATH|DIR|NAME|URL|URI|ENDPOINT|ARN|ID|REF|MODE|TYPE|METHOD|ENABLED"
    r"|LIMIT|LIMITS|COUNT|SIZE|MAX|MIN|LENGTH|BUDGET|TTL|TIMEOUT|SECONDS|EXPIRY|PARALLELISM)$"
)
_LOCATION = {"PWD", "OLDPWD"}
# Forms of secrets whatever their name: AWS access keys, PEM keys, tokens of GitHub, GitLab, Slack, Hugging Face, OpenAI.
_FORM = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"
    r"|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bhf_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_-]{20,}"
)
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'\"]+")
_ASSIGNED = re.compile(r"^-{0,2}([A-Za-z][\w.-]*)=(.*)$", re.DOTALL)
_FLAG = re.compile(r"^--?([A-Za-z][\w.-]*)$")
# `$(NAME)`, `$NAME` and `{{...}}` are filled in where the pod runs.
_REFERENCE = re.compile(r"^(\$\(\w+\)|\$\{?\w+\}?|\{\{.*\}\})$", re.DOTALL)
_REMEDY = "take it from a Secret (valueFrom, or a mounted file)"


def violations(resource: PolicyResource) -> Iterator[str]:
    """Variables, arguments and commands that hold a secret; the message never shows the value."""
    for at, pod in pods(resource):
        for path, container in containers(at, pod):
            yield from _environment(path, container)
            for part in ("command", "args"):
                yield from _words(f"{path}.{part}", [str(word) for word in sequence(container.get(part))])
            if isinstance(script := container.get("source"), str) and (_FORM.search(script) or _in_url(script)):
                yield f"{path}.source holds a secret in plain text: {_REMEDY}"


def _environment(path: str, container: Values) -> Iterator[str]:
    for variable in map(mapping, sequence(container.get("env"))):
        name, value = str(variable.get("name") or ""), str(variable.get("value") or "")
        if _holds(name, value):
            yield f"{path}.env[{name}] holds a secret in plain text: {_REMEDY}"


def _words(path: str, words: Sequence[str]) -> Iterator[str]:
    """Of `--password=x`, `--password x`, `PASSWORD=x`, a URL, or a known form; a word may be a whole shell script."""
    for index, word in enumerate(words):
        assigned, before = _ASSIGNED.match(word), _FLAG.match(words[index - 1]) if index else None
        named = (assigned and _holds(assigned[1], assigned[2])) or (
            before and not word.startswith("-") and _holds(before[1], word)
        )
        inside = any(_holds(part[1], part[2]) for text in word.split() if (part := _ASSIGNED.match(text.strip("'\";"))))
        if named or inside or _FORM.search(word) or _in_url(word):
            yield f"{path}[{index}] holds a secret in plain text: {_REMEDY}"


def _holds(name: str, value: str) -> bool:
    if not value or _REFERENCE.match(value.strip("'\"")):
        return False
    upper = re.sub(r"[.-]", "_", name).upper()
    secret = _WORD.search(upper) and not _NO_SECRET.search(upper) and upper not in _LOCATION
    # A number or a switch is a setting about secrets, e.g. MAX_TOKENS or DISABLE_TOKEN.
    is_setting = (
        value.lower() in ("true", "false", "yes", "no", "none") or re.fullmatch(r"[0-9]{1,3}", value) is not None
    )
    return bool((secret and not is_setting) or _FORM.search(value) or _in_url(value))


def _in_url(text: str) -> bool:
    """Whether a URL in the text has a password of its own."""
    for found in _URL.finditer(text):
        try:
            password = urlsplit(found[0]).password
        except ValueError:
            continue
        if password and not _REFERENCE.match(unquote(password)):
            return True
    return False
