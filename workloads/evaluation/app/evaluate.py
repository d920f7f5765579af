"""Held-out perplexity of the trained model, beside the same model untrained and a unigram baseline.

All three are asked for the same tokens. A model that is not clearly better than counting ends the run here.
"""

import math
import sys
from collections.abc import Iterator
from itertools import chain

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from workloads.evaluation.app import unigram
from workloads.stage.app.attempt import Attempt, Metrics, run, say
from workloads.stage.app.documents import texts
from workloads.stage.app.error import StageError
from workloads.stage.app.manifest import Manifest
from workloads.stage.app.spec import Section
from workloads.training.app import model
from workloads.training.app.step import device_of_process, precision_of

SEQUENCES_AT_ONCE = 8


def evaluate(attempt: Attempt) -> Metrics:
    recipe, trained, cleaned = attempt.spec.recipe, attempt.input("train"), attempt.input("clean")
    folder = attempt.folder / "model"
    folder.mkdir()
    for item in trained.objects:
        attempt.fetch(item, folder / item.name)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    device = device_of_process()
    settings = Section(stage="train", values=trained.recipe)
    # Weights are read in the precision that they were trained by: what is measured is what is served.
    precision = precision_of(settings.text("precision"))
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    llama = model.on_device(LlamaForCausalLM.from_pretrained(folder, dtype=dtype), device)
    context = llama.config.max_position_embeddings
    row = _held_out(attempt, cleaned, tokenizer, recipe.whole("max_tokens"))
    # What the model is asked for: all but the first token of each window.
    windows = list(row.split(context + 1))
    asked = torch.cat([window[1:] for window in windows]) if windows else row
    if not len(asked):
        raise StageError("recipe.evaluate.max_tokens", len(row), "leaves tokens to ask for", "raise it")
    perplexity = _perplexity(llama, windows)
    say(f"evaluate: trained {perplexity:.2f} over {len(asked):,} tokens")
    vocab = llama.config.vocab_size
    bare = model.untrained(llama.config, settings.whole("seed"))
    del llama
    for parameter in bare.parameters():
        # Weights alone, as they are when they are read: positions stay in float32.
        parameter.data = parameter.data.to(dtype)
    untrained = _perplexity(model.on_device(bare, device), windows)
    counted = unigram.counts(model.tokens(tokenizer, _texts(attempt, cleaned, "train-")), vocab, device)
    baseline = unigram.perplexity(counted, asked)
    say(f"evaluate: untrained {untrained:.2f}, unigram {baseline:.2f}")
    ratio = recipe.number("max_perplexity_ratio")
    if not perplexity <= ratio * baseline:
        shown = f"{perplexity:.2f}"
        rule = f"is at most {ratio} times the unigram baseline {baseline:.2f}"
        raise StageError("perplexity", shown, rule, "train longer, on more text or at another learning rate")
    return {
        "perplexity": round(perplexity, 4),
        "untrained_perplexity": round(untrained, 4),
        "unigram_perplexity": round(baseline, 4),
        "held_out_tokens": len(asked),
        "max_perplexity_ratio": ratio,
        "dtype": precision,
        "device": device.type,
    }


def _held_out(attempt: Attempt, cleaned: Manifest, tokenizer: Tokenizer, most: int) -> torch.Tensor:
    row: list[int] = []
    for tokens in model.tokens(tokenizer, _texts(attempt, cleaned, "held-out-")):
        row += tokens
        if len(row) >= most:
            break
    return torch.tensor(row[:most])


def _texts(attempt: Attempt, cleaned: Manifest, prefix: str) -> Iterator[str]:
    parts = [attempt.fetch(item) for item in cleaned.objects if item.name.startswith(prefix)]
    return (text.text for text in chain.from_iterable(texts(part) for part in parts))


@torch.inference_mode()
def _perplexity(llama: LlamaForCausalLM, windows: list[torch.Tensor]) -> float:
    """Perplexity a token, each window read on its own."""
    llama.eval()
    surprise, seen = 0.0, 0
    whole = [window for window in windows if len(window) == len(windows[0])]
    groups = [whole[at : at + SEQUENCES_AT_ONCE] for at in range(0, len(whole), SEQUENCES_AT_ONCE)]
    # The last window may be shorter than the others.
    groups += [[window] for window in windows[len(whole) :] if len(window) > 1]
    for group in groups:
        sequences = torch.stack(group).to(llama.device)
        logits = llama(input_ids=sequences[:, :-1], use_cache=False).logits
        targets = sequences[:, 1:].flatten()
        # Sums in float32 whatever the weights are in.
        surprise += torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), targets, reduction="sum").item()
        seen += len(targets)
    return math.exp(surprise / seen)


if __name__ == "__main__":
    sys.exit(run("evaluate", evaluate))
