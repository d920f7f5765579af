"""One step of training on whatever device there is: micro-batches forward and backward, then the optimizer.

Imports nothing that reaches a store, so that a benchmark runs it where torch and transformers are all there is.
"""

import math
import os
import shutil
from contextlib import nullcontext
from typing import Literal

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaForCausalLM

from workloads.stage.app.error import StageError

Precision = Literal["float32", "bfloat16"]
MAX_NORM = 1.0


def device_of_process() -> torch.device:
    """The GPU of this process, by its rank in its pod; the CPU where there is none."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


def precision_of(text: str) -> Precision:
    """The precision that a recipe names."""
    if text == "float32" or text == "bfloat16":
        return text
    raise StageError("recipe.train.precision", text, "is float32 or bfloat16", "set one of the two")


def adamw(llama: torch.nn.Module, rate: float) -> torch.optim.AdamW:
    """The optimizer. One kernel updates all parameters on a GPU; on a CPU the plain one keeps a run's weights as they were."""
    fused = all(parameter.is_cuda for parameter in llama.parameters())
    return torch.optim.AdamW(llama.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.1, fused=fused)


def compile_layers(llama: LlamaForCausalLM) -> bool:
    """Compiles each layer by itself, in place: the names of the parameters stay. False where there is no C compiler.

    All layers are of one shape, so the first one's compilation serves all.
    """
    if not any(shutil.which(name) for name in (os.environ.get("CC", "cc"), "gcc", "clang")):
        return False
    for layer in llama.model.layers:
        layer.compile()
    return True


class Step:
    """A model with its optimizer, its gradients averaged over all processes."""

    def __init__(
        self, llama: LlamaForCausalLM, optimizer: torch.optim.Optimizer, *, micro_batch: int, precision: Precision
    ) -> None:
        self.llama = llama
        self.optimizer = optimizer
        self.device = next(llama.parameters()).device
        # Gradients are views of the buckets that are exchanged: a second copy would take 4 bytes a parameter.
        self._parallel = DistributedDataParallel(llama, gradient_as_bucket_view=True)
        self._micro_batch = micro_batch
        self._precision = precision

    def take(self, sequences: torch.Tensor, rate: float) -> float:
        """Trains on this process's sequences, [count, context + 1]; returns the mean loss over all processes.

        Raises StageError on every process where the loss or the gradient of any is no number: the weights stay as they were.
        """
        loss = self._gradients(sequences.to(self.device))
        norm = torch.nn.utils.clip_grad_norm_(self.llama.parameters(), MAX_NORM)
        # A sum is no number if any of its parts is none, so every process comes to the same judgement.
        judged = torch.stack((loss, norm.detach()))
        dist.all_reduce(judged, op=dist.ReduceOp.SUM)
        mean, norms = (value / dist.get_world_size() for value in judged.tolist())
        if not (math.isfinite(mean) and math.isfinite(norms)):
            rule = f"keeps loss and gradient norm finite (here {mean} and {norms})"
            raise StageError("recipe.train.learning_rate", rate, rule, "set a lower learning rate or a longer warmup")
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        return mean

    def _gradients(self, sequences: torch.Tensor) -> torch.Tensor:
        """Adds up the gradients of all micro-batches, exchanged once, with the last; returns this process's mean loss."""
        parts = sequences.split(self._micro_batch)
        total = torch.zeros((), device=self.device)
        for index, part in enumerate(parts):
            with nullcontext() if index == len(parts) - 1 else self._parallel.no_sync():
                loss = self._loss(part) / len(parts)
                loss.backward()
            total += loss.detach()
        return total

    def _loss(self, sequences: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._precision == "bfloat16"):
            # A cache of keys and values serves generation alone; made in training, it stops compilation.
            logits = self._parallel(input_ids=sequences[:, :-1], use_cache=False).logits
            return torch.nn.functional.cross_entropy(logits.flatten(0, 1), sequences[:, 1:].flatten())
