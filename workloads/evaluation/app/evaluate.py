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
from workloads.stage.app.fault import StageFault
from workloads.stage.app.manifest import Manifest
from workloads.stage.app.spec import Section
from workloads.training.app import model

SEQUENCES_AT_ONCE = 8


def evaluate(attempt: Attempt) -> Metrics:
    recipe, trained, cleaned = attempt.spec.recipe, attempt.input("train"), attempt.input("clean")
    folder = attempt.folder / "model"
    folder.mkdir()
    for item in trained.objects:
        attempt.fetch(item, folder / item.name)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    llama = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    context = llama.config.max_position_embeddings
    row = _held_out(attempt, cleaned, tokenizer, recipe.whole("max_tokens"))
    # What the model is asked for: all but the first token of each window.
    windows = list(row.split(context + 1))
    asked = [token for window in windows for token in window[1:].tolist()]
    if not asked:
        raise StageFault("recipe.evaluate.max_tokens", len(row), "leaves tokens to ask for", "raise it")
    perplexity = _perplexity(llama, windows)
    say(f"evaluate: trained {perplexity:.2f} over {len(asked):,} tokens")
    seed = Section(stage="train", values=trained.recipe).whole("seed")
    untrained = _perplexity(model.untrained(llama.config, seed), windows)
    counted = unigram.counts(model.tokens(tokenizer, _texts(attempt, cleaned, "train-")))
    baseline = unigram.perplexity(counted, llama.config.vocab_size, asked)
    say(f"evaluate: untrained {untrained:.2f}, unigram {baseline:.2f}")
    ratio = recipe.number("max_perplexity_ratio")
    if not perplexity <= ratio * baseline:
        shown = f"{perplexity:.2f}"
        rule = f"is at most {ratio} times the unigram baseline {baseline:.2f}"
        raise StageFault("perplexity", shown, rule, "train longer, on more text or at another learning rate")
    return {
        "perplexity": round(perplexity, 4),
        "untrained_perplexity": round(untrained, 4),
        "unigram_perplexity": round(baseline, 4),
        "held_out_tokens": len(asked),
        "max_perplexity_ratio": ratio,
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
        sequences = torch.stack(group)
        logits = llama(input_ids=sequences[:, :-1]).logits
        targets = sequences[:, 1:].flatten()
        surprise += torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets, reduction="sum").item()
        seen += len(targets)
    return math.exp(surprise / seen)


if __name__ == "__main__":
    sys.exit(run("evaluate", evaluate))
