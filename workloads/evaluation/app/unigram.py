"""The baseline that knows how often each token occurs, and nothing else."""

import math
from collections.abc import Iterable
from itertools import chain, islice

import torch

TOKENS_AT_ONCE = 1 << 22


def counts(rows: Iterable[list[int]], vocab: int, device: torch.device) -> torch.Tensor:
    """How often each token of the vocabulary occurs."""
    found = torch.zeros(vocab, dtype=torch.int64, device=device)
    tokens = chain.from_iterable(rows)
    while piece := list(islice(tokens, TOKENS_AT_ONCE)):
        found += torch.bincount(torch.tensor(piece, device=device), minlength=vocab)
    return found


def perplexity(counted: torch.Tensor, asked: torch.Tensor) -> float:
    """Perplexity a token, each count plus one, so that a token never counted is still possible."""
    total = counted.sum().double() + len(counted)
    surprise = torch.log(total) - torch.log((counted + 1).double())
    return math.exp(surprise[asked.to(counted.device)].mean().item())
