"""Previews a layer with all that the engine tells, and changes nothing: no resource, no state, no stack."""

import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.engine import Engine
from cli.review.steps import LayerPlan, Preview, read_plan
from components.errors import FactoryError
from host.cache import REPOSITORY
from policies.resource import mapping, text
from workloads.access import callers
from workloads.spec import CALLERS_SECRET, SIGNING_CONFIG, SIGNING_SECRET

# The engine writes its events to a file for those who look into it only; the shape is held by a contract test.
_EVENT_LOG = {"PULUMI_DEBUG_COMMANDS": "true"}
# Of a stack's configuration, what belongs to the state that it was written for.
_HOLDERS: Mapping[str, tuple[str, ...]] = {
    "signingKeyFile": (f"access-{SIGNING_SECRET}", f"access-{SIGNING_CONFIG}"),
    "callersFile": (f"access-{CALLERS_SECRET}",),
    "imagesLock": (),
}
_OF_STATE = ("encryptionsalt", "encryptedkey", "secretsprovider")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """Where a preview runs."""

    folder: Path
    state: Mapping[str, str] = field(default_factory=dict[str, str])
    stand_ins: frozenset[str] = frozenset()
    """Names of resources whose content is not the deployed one's, since this machine has it not."""


def inspect(engine: Engine, layer: str, *, new: bool) -> LayerPlan:
    """What an `up` of a layer would change. Raises FactoryError where the engine says nothing at all.

    `new`: the layer was never deployed, or its state is out of reach: it is compared with nothing, in a state that is
    thrown away.
    """
    with TemporaryDirectory(prefix="aifactory-preview-") as scratch:
        ground = _ground(engine, layer, Path(scratch), new=new)
        events = Path(scratch) / "events"
        done = engine.invoke(
            layer,
            *("preview", "--stack", f"{engine.env}.{layer}", "--json", "--show-sames", "--event-log", str(events)),
            *engine.policy_arguments(),
            folder=ground.folder,
            state={**ground.state, **_EVENT_LOG},
        )
        lines = events.read_text().splitlines() if events.exists() else []
        digest = _digest(done.stdout)
        if digest is None and not lines:
            raise FactoryError(f"preview of {engine.env}.{layer}: {(done.stderr or done.stdout).strip()[-2000:]}")
        preview = Preview(
            layer=layer,
            digest=digest,
            events=[cast("object", json.loads(line)) for line in lines if line.strip()],
            project=ground.folder,
            failed=done.returncode != 0,
            new=new,
        )
        plan = without(read_plan(preview, REPOSITORY), ground.stand_ins)
        return replace(plan, errors=_elsewhere(plan.errors, scratch), messages=_elsewhere(plan.messages, scratch))


def _elsewhere(lines: tuple[str, ...], scratch: str) -> tuple[str, ...]:
    """Without the folder that is gone when somebody reads of it."""
    return tuple(line.replace(f"{scratch}/", "") for line in lines)


def without(plan: LayerPlan, names: frozenset[str]) -> LayerPlan:
    """A plan that says nothing of some resources but that it does not."""
    if not names:
        return plan
    note = f"not compared, since what they hold is not on this machine: {', '.join(sorted(names))}"
    steps = tuple(step for step in plan.steps if step.name not in names)
    return replace(plan, steps=steps, messages=(*plan.messages, note))


def _ground(engine: Engine, layer: str, folder: Path, *, new: bool) -> _Ground:
    """The project itself, or a copy of it with what this machine lacks."""
    lacking = _lacking(engine, new=new) if layer == "workloads" else {}
    if not new and not lacking:
        return _Ground(folder=engine.folder)
    project = folder / "project"
    shutil.copytree(engine.folder, project, symlinks=True)
    for path in (project / "config").glob("*.yaml"):
        document = dict(mapping(yaml.safe_load(path.read_text())))
        if path.name == f"Pulumi.{engine.env}.workloads.yaml":
            added = {f"aifactory:{key}": str(folder / key) for key in lacking}
            document["config"] = {**mapping(document.get("config")), **added}
        kept = {key: value for key, value in document.items() if not new or key not in _OF_STATE}
        path.write_text(yaml.safe_dump(kept))
    for key, content in lacking.items():
        (folder / key).write_text(content)
    names = frozenset(name for key in lacking for name in _HOLDERS[key])
    return _new(engine, layer, project, folder / "state", names) if new else _Ground(folder=project, stand_ins=names)


def _lacking(engine: Engine, *, new: bool) -> dict[str, str]:
    """Configured files that this machine has not, each with a content that a preview can run with."""
    path = engine.folder / "config" / f"Pulumi.{engine.env}.workloads.yaml"
    configured = mapping(mapping(yaml.safe_load(path.read_text())).get("config"))
    stand_ins: dict[str, Callable[[], str]] = {
        "signingKeyFile": _throwaway_key,
        "callersFile": lambda: callers.document({"nobody": callers.entry(callers.new_key())}),
    }
    if new:
        # Where nothing is deployed, nothing is compared with the keys of its stages.
        stand_ins["imagesLock"] = _throwaway_lock
    named = {key: text(configured.get(f"aifactory:{key}")) for key in stand_ins}
    return {key: make() for key, make in stand_ins.items() if not (named[key] and Path(named[key]).is_file())}


def _throwaway_key() -> str:
    """A key that signs nothing: a preview must not be given the real one."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _throwaway_lock() -> str:
    digest = secrets.token_hex(32)
    return json.dumps({"workloads": f"registry.invalid/workloads@sha256:{digest}", "environment": digest})


def _new(engine: Engine, layer: str, project: Path, state: Path, names: frozenset[str]) -> _Ground:
    """With an empty state of its own."""
    state.mkdir()
    ground = _Ground(
        folder=project,
        state={"PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(16)},
        stand_ins=names,
    )
    done = engine.invoke(layer, "stack", "init", f"{engine.env}.{layer}", folder=project, state=ground.state)
    if done.returncode != 0:
        raise FactoryError(f"preview of {engine.env}.{layer}: {done.stderr.strip()[-2000:]}")
    return ground


def _digest(output: str) -> object:
    """The document on standard output; None where the engine ended before it wrote one."""
    start = output.find("{")
    if start < 0:
        return None
    try:
        return cast("object", json.JSONDecoder().raw_decode(output[start:])[0])
    except ValueError:
        return None
