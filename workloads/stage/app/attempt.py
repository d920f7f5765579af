"""One attempt at one stage: reads its inputs by digest, writes aside, and puts the manifest last."""

import errno
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from workloads.stage.app.error import StageError, Unavailable
from workloads.stage.app.manifest import Manifest, StoredObject, attempt_path, digest, manifest_path
from workloads.stage.app.spec import StageSpec
from workloads.stage.app.store import Store, environment, file_digest

USER_ERROR = 2
PASSING_FAULT = 1
"""Of something outside: another attempt may succeed."""

Metrics = Mapping[str, object]


class Attempt:
    """What a stage may do: read its inputs, put objects, and say what it measured."""

    def __init__(self, spec: StageSpec, store: Store, folder: Path) -> None:
        self.spec = spec
        self.store = store
        self.folder = folder
        self._name = uuid.uuid4().hex
        self._started = now()
        self._objects: list[StoredObject] = []
        self._manifests: dict[str, tuple[Manifest, StoredObject]] = {}

    def done(self) -> bool:
        """Whether an earlier attempt at this key finished."""
        return self.store.get(manifest_path(self.spec.stage, self.spec.key)) is not None

    def input(self, stage: str) -> Manifest:
        """The manifest of an input. Raises StageError where it does not exist."""
        return self.manifest(stage, self.spec.inputs.get(stage, ""))[0]

    def manifest(self, stage: str, key: str) -> tuple[Manifest, StoredObject]:
        """The manifest of any stage by key, and the object that it is itself."""
        path = manifest_path(stage, key)
        if path not in self._manifests:
            content = self.store.get(path)
            if content is None:
                raise StageError(f"inputs.{stage}", key, f"is a finished {stage}", f"run {stage} first")
            item = StoredObject(name="manifest.json", object=path, sha256=digest(content), size=len(content))
            self._manifests[path] = Manifest.decode(content, path), item
        return self._manifests[path]

    def fetch(self, item: StoredObject, to: Path | None = None) -> Path:
        """An object as a local file. Raises StageError where its bytes are not those that its manifest names."""
        path = to or self.folder / f"{item.sha256[:16]}-{item.name}"
        found = self.store.download(item.object, path)
        if found != item.sha256:
            path.unlink()
            raise StageError(item.object, found, f"has the sha256 {item.sha256}", "restore it from the vault")
        return path

    def put(self, name: str, content: Path) -> StoredObject:
        """Puts one of this stage's objects."""
        path = attempt_path(self.spec.stage, self.spec.key, self._name, name)
        self.store.put(path, content)
        return self.refer(
            StoredObject(name=name, object=path, sha256=file_digest(content), size=content.stat().st_size)
        )

    def refer(self, item: StoredObject) -> StoredObject:
        """Names an object that this stage put somewhere else."""
        self._objects.append(item)
        return item

    def finish(self, metrics: Metrics) -> bool:
        """Puts the manifest; False where another attempt was first, whose manifest then stands."""
        spec = self.spec
        manifest = Manifest(
            stage=spec.stage,
            key=spec.key,
            inputs=spec.inputs,
            run=spec.run,
            code=spec.code,
            environment=spec.environment,
            image=spec.image,
            recipe=spec.recipe.values,
            objects=tuple(self._objects),
            metrics=metrics,
            started=self._started,
            finished=now(),
        )
        return self.store.put_once(manifest_path(spec.stage, spec.key), manifest.encode())


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def say(line: str) -> None:
    print(line, flush=True)


def run(stage: str, body: Callable[[Attempt], Metrics | None]) -> int:
    """Runs a stage and returns its exit status; `body` answers None where another process finishes the stage."""
    try:
        spec = StageSpec.read()
        if spec.stage != stage:
            raise StageError("STAGE_SPEC.stage", spec.stage, f"is {stage} for this module", "correct the workflow")
        with tempfile.TemporaryDirectory(prefix=f"{stage}-") as folder:
            attempt = Attempt(spec, Store("objects", environment("OBJECTS_BUCKET")), Path(folder))
            if attempt.done():
                say(f"{stage}: {spec.key[:12]} exists, nothing to do")
                return 0
            metrics = body(attempt)
            if metrics is not None:
                first = attempt.finish(metrics)
                shown = ", ".join(
                    f"{name} {value}" for name, value in metrics.items() if isinstance(value, int | float | str)
                )
                say(f"{stage}: {spec.key[:12]} finished{'' if first else ' by another attempt'}: {shown}")
    except StageError as error:
        print(f"{stage}: {error}", file=sys.stderr)
        return USER_ERROR
    except Unavailable as error:
        print(f"{stage}: {error}".replace("\n", " "), file=sys.stderr)
        return PASSING_FAULT
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"{stage}: the pod's temporary folder is full: {error}", file=sys.stderr)
        return PASSING_FAULT
    except (BotoCoreError, ClientError) as error:
        # The message of botocore names the operation and the endpoint, never a credential.
        print(f"{stage}: the store did not answer as it should: {error}".replace("\n", " "), file=sys.stderr)
        return PASSING_FAULT
    return 0
