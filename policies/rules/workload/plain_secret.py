"""Everyone who may read a pod reads its environment."""

import re
from collections.abc import Iterator

from policies.judged import Judged, mapping, sequence
from policies.rules.workload.pods import containers, pods

# Words of a name that say its value is a secret; the path of a file that holds one, or where to find it, is none.
SECRET = re.compile(r"(^|_)(SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)(_|$)")
POINTER = re.compile(r"_(FILE|PATH|DIR|NAME|URL|URI|ENDPOINT|ARN|ID)$")
# Forms of secrets whatever their name: AWS access keys, PEM keys, GitHub and OpenAI style tokens.
VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_-]{20,}"
)


def faults(judged: Judged) -> Iterator[str]:
    """Environment variables that hold a secret; the message never shows the value."""
    for at, pod in pods(judged):
        for path, container in containers(at, pod):
            for variable in map(mapping, sequence(container.get("env"))):
                name, value = str(variable.get("name") or ""), str(variable.get("value") or "")
                named = SECRET.search(name.upper()) is not None and POINTER.search(name.upper()) is None
                if value and (named or VALUE.search(value)):
                    yield f"{path}.env[{name}] holds a secret in plain text: take it from a Secret (valueFrom, or a file)"
