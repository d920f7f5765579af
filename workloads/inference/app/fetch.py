"""Brings a model to the folder that it is served from: first its signature, then every byte. Nothing else is served."""

import os
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from workloads.stage.app.error import StageError
from workloads.stage.app.manifest import digest
from workloads.stage.app.model import Model, model_path, signature_path
from workloads.stage.app.signing import is_signed
from workloads.stage.app.store import Store, environment

REFUSED = 3


def fetch(name: str, store: Store, public_key: Path, folder: Path) -> int:
    """Writes the model `name` to `folder` and returns its bytes. Raises StageError, and leaves nothing, where anything differs."""
    content = _needed(store, model_path(name))
    if digest(content) != name:
        raise StageError(model_path(name), digest(content), f"has the sha256 {name}", "restore it from the vault")
    if not is_signed(content, _needed(store, signature_path(name)), public_key):
        raise StageError(
            signature_path(name), name[:12], "is the factory's signature of this model", "register it again"
        )
    model = Model.decode(content)
    folder.mkdir(parents=True, exist_ok=True)
    # An earlier start of this pod may have been killed here.
    for left in folder.iterdir():
        left.unlink()
    try:
        for item in model.files:
            found = store.download(item.object, folder / item.name, room=item.size)
            if found != item.sha256:
                raise StageError(item.object, found, f"has the sha256 {item.sha256}", "restore it from the vault")
    except (StageError, ClientError, BotoCoreError):
        # Half a model, or one byte of another, must not be there for a server to find.
        for left in folder.iterdir():
            left.unlink()
        raise
    return sum(item.size for item in model.files)


def _needed(store: Store, path: str) -> bytes:
    content = store.get(path)
    if content is None:
        raise StageError(path, "nothing", "stands in the store", "correct the model's digest or register it again")
    return content


def main() -> int:
    try:
        name = environment("MODEL_DIGEST")
        store = Store("objects", environment("OBJECTS_BUCKET"))
        folder = Path(os.environ.get("MODEL_DIR", "/model"))
        size = fetch(name, store, Path(environment("SIGNING_PUBLIC_KEY_FILE")), folder)
    except (StageError, BotoCoreError, ClientError, OSError) as error:
        print(f"fetch: the model is not served: {error}".replace("\n", " "), file=sys.stderr)
        return REFUSED
    print(f"fetch: model {name} is signed and whole, {size:,} bytes", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
