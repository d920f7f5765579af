"""Where a corpus may come from."""

import re
from pathlib import PurePosixPath
from typing import Annotated, cast

from pydantic import PlainValidator

from components.document import broken
from workloads.canonical import canonical

STDLIB = "stdlib"
SOURCE_BYTES = 768 << 10
"""A run's specifications travel in a ConfigMap, which holds 1 MiB (Kubernetes, "ConfigMaps")."""
# Folders whose place in a container is taken: a source mounted there would hide the program or its accounts.
TAKEN_FOLDERS = (
    "/app",
    "/bin",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
)


def _source(value: object) -> str | tuple[str, ...]:
    if not _is_source(value):
        raise broken(
            "a source is stdlib, an absolute folder that is none of the system's, s3://bucket/prefix or a list of http(s)"
            " URLs",
            "e.g. stdlib",
        )
    size = len(canonical(value).encode("utf-8", "surrogatepass"))
    if size > SOURCE_BYTES:
        raise broken(
            f"a source is written in at most {SOURCE_BYTES} bytes, for it travels in a ConfigMap ({size} bytes here)",
            "put the documents below one s3://bucket/prefix",
        )
    return value if isinstance(value, str) else tuple(cast("list[str]", value))


Source = Annotated[str | tuple[str, ...], PlainValidator(_source)]
"""`stdlib`, an absolute folder, `s3://bucket/prefix`, or a list of http(s) URLs."""


def _is_source(value: object) -> bool:
    if isinstance(value, list | tuple):
        items = cast("list[object] | tuple[object, ...]", value)
        return bool(items) and all(isinstance(item, str) and _is_url(item) for item in items)
    if not isinstance(value, str) or not _is_plain(value):
        return False
    if value.startswith("/"):
        path = PurePosixPath(value)
        below = value.startswith(("/app/", "/dev/", "/etc/aifactory", "/proc/", "/shared", "/sys/"))
        return str(path) == value and ".." not in path.parts and value not in ("/", *TAKEN_FOLDERS) and not below
    return (
        value == STDLIB
        or _is_url(value)
        or re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?", value) is not None
    )


def _is_url(text: str) -> bool:
    return re.fullmatch(r"https?://[^\s/]+(/\S*)?", text) is not None and _is_plain(text)


def _is_plain(text: str) -> bool:
    # Argo would read {{ as the start of a variable of its own; half of a surrogate pair, as YAML can write one, has no
    # encoding.
    return "{{" not in text and re.search(r"[\ud800-\udfff]", text) is None
