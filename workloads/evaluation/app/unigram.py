"""The baseline that knows how often each token occurs, and nothing else."""

import math
from collections.abc import Iterable, Mapping


def counts(rows: Iterable[Iterable[int]]) -> dict[int, int]:
    """How often each token occurs."""
    found: dict[int, int] = {}
    for row in rows:
        for token in row:
            found[token] = found.get(token, 0) + 1
    return found


def perplexity(counted: Mapping[int, int], vocab: int, tokens: Iterable[int]) -> float:
    """Perplexity a token, each count plus one, so that a token never counted is still possible."""
    total = sum(counted.values()) + vocab
    surprise, seen = 0.0, 0
    for token in tokens:
        surprise -= math.log((counted.get(token, 0) + 1) / total)
        seen += 1
    return math.exp(surprise / seen)
