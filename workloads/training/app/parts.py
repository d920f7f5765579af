"""One process's share of the state of training, as safetensors files whose digests are made while they are written."""

import hashlib
import json
import os
import weakref
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from safetensors import safe_open

if TYPE_CHECKING:
    from typing_extensions import Buffer

WRITERS = 4
"""Threads of a process that write at once: one computes about 1 to 2 GB of SHA-256 a second."""
_CHUNK = 8 << 20
_ALIGNED = 64
_NAMES = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16", torch.int64: "I64", torch.int32: "I32"}


class Parts:
    """Buffers in main memory for a share of the state, kept between saves: to allocate and pin them takes seconds."""

    def __init__(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer, rank: int, world: int) -> None:
        self._model, self._optimizer, self._rank = model, optimizer, rank
        sizes = {name: tensor.nbytes for name, tensor in state(model, optimizer).items()}
        shares = _shared(sizes, world * WRITERS)[rank * WRITERS : (rank + 1) * WRITERS]
        self._files = [_File(share, state(model, optimizer)) for share in shares if share]

    def copy(self) -> None:
        """Copies the state as it is now; returns when nothing more is read from the model."""
        now = state(self._model, self._optimizer)
        for file in self._files:
            file.copy(now)
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    def write(self, folder: Path) -> dict[str, str]:
        """Writes what was copied; SHA-256 by name of file."""
        named = {f"rank-{self._rank}-{index}.safetensors": file for index, file in enumerate(self._files)}
        with ThreadPoolExecutor(max_workers=max(1, len(named))) as pool:
            digests = pool.map(lambda name: named[name].write(folder / name), named)
            return dict(zip(named, digests, strict=True))


class _File:
    """Some tensors in one block of memory, laid out as their file is."""

    def __init__(self, names: Iterable[str], tensors: Mapping[str, torch.Tensor]) -> None:
        self._views: dict[str, torch.Tensor] = {}
        entries: dict[str, object] = {}
        size = 0
        names = list(names)
        for name in names:
            tensor = tensors[name]
            entries[name] = {
                "dtype": _NAMES[tensor.dtype],
                "shape": list(tensor.shape),
                "data_offsets": [size, size + tensor.nbytes],
            }
            size += tensor.nbytes
        self._block = _pinned(size, any(tensors[name].is_cuda for name in names))
        at = 0
        for name in names:
            tensor = tensors[name]
            self._views[name] = self._block[at : at + tensor.nbytes].view(tensor.dtype).view(tensor.shape)
            at += tensor.nbytes
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % _ALIGNED)
        self._header = len(text).to_bytes(8, "little") + text

    def copy(self, tensors: Mapping[str, torch.Tensor]) -> None:
        for name, view in self._views.items():
            view.copy_(tensors[name], non_blocking=True)

    def write(self, path: Path) -> str:
        content = memoryview(cast("Buffer", self._block.numpy()))
        hashed = hashlib.sha256(self._header)
        with path.open("wb") as file:
            file.write(self._header)
            for at in range(0, len(content), _CHUNK):
                chunk = content[at : at + _CHUNK]
                hashed.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return hashed.hexdigest()


def state(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Every tensor that the next step depends on, by name; the rest follows from the recipe."""
    found: dict[str, torch.Tensor] = {}
    for name, parameter in model.named_parameters():
        found[f"model.{name}"] = parameter.detach()
        kept = cast(Mapping[str, torch.Tensor], optimizer.state.get(parameter, {}))
        for key, value in kept.items():
            found[f"optimizer.{key}.{name}"] = value.detach()
    return found


@torch.no_grad()
def load(paths: Iterable[Path], model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Sets model and optimizer to what the files of all processes hold."""
    parameters = dict(model.named_parameters())
    missing = set(parameters)
    for path in paths:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = cast(list[str], file.keys())
            for name in names:
                kind, _, rest = name.partition(".")
                value = cast(torch.Tensor, file.get_tensor(name))
                if kind == "model":
                    parameters[rest].copy_(value)
                    missing.discard(rest)
                    continue
                key, _, parameter = rest.partition(".")
                of = parameters[parameter]
                # AdamW counts its steps beside the parameters only where one kernel updates all of them.
                fused = bool(optimizer.param_groups[0].get("fused"))
                where = of.device if value.dim() or fused else torch.device("cpu")
                kept = cast(dict[str, torch.Tensor], optimizer.state[of])
                kept[key] = value.to(where, copy=True)
    if missing:
        raise ValueError(f"the checkpoint has no {', '.join(sorted(missing))}")


def digest(path: Path) -> str:
    """SHA-256 of a file; "" where it is gone."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _shared(sizes: Mapping[str, int], count: int) -> list[list[str]]:
    """Names in `count` shares of about the same size, the same on every process."""
    shares: list[list[str]] = [[] for _ in range(count)]
    totals = [0] * count
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        least = totals.index(min(totals))
        shares[least].append(name)
        totals[least] += sizes[name]
    return shares


def _pinned(size: int, cuda: bool) -> torch.Tensor:
    """A block of bytes; one that a GPU writes to directly is pinned, where the limits of this machine allow.

    It is registered rather than allocated pinned: torch's own allocator rounds up to a power of two.
    """
    block = torch.empty(size, dtype=torch.uint8)
    if cuda and size:
        runtime, address = torch.cuda.cudart(), block.data_ptr()
        assert runtime is not None
        status = runtime.cudaHostRegister(address, size, 0)
        if int(status) == 0:
            # Memory that is given back while it is registered fails the next copy that is put at the same address.
            weakref.finalize(block, runtime.cudaHostUnregister, address)
        else:
            print("train: memory for checkpoints cannot be pinned, a save stops training for longer", flush=True)
    return block
