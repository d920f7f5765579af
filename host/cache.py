"""Where the repository lies, and what all labs and sites of one user share because it is costly to make."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def user_cache() -> Path:
    """What labs share and is costly to make: tools and base images, keyed by the digest of their pins."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "aifactory"


@contextmanager
def building(part: str) -> Generator[None]:
    """Holds a part of the user's cache while something is made there; another lab that makes it too waits its turn."""
    folder = user_cache()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{part}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
