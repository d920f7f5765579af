"""What a step of training takes of a GPU's memory, by arithmetic: so that a preview refuses a recipe that no card can hold.

Compared with measured peaks of one 1.2 B model on an H200 (torch 2.11, transformers 5.17, layers compiled, no cache); the tests
hold the figures.
"""

from components.violations import Violation
from workloads.recipe import Recipe, Train

GIB = 1 << 30
USABLE = 0.95
"""Share of a card's memory that tensors can take: the driver's context, NCCL's buffers and fragments take the rest."""
_FLOAT32, _BFLOAT16 = 4, 2


def parameters(train: Train) -> int:
    """Weights of the model; one matrix embeds tokens and predicts them."""
    attention = train.hidden * (2 * train.hidden + 2 * _key_value_width(train))
    layer = attention + 3 * train.hidden * train.intermediate + 2 * train.hidden
    return train.vocab * train.hidden + train.layers * layer + train.hidden


def state_bytes(train: Train) -> int:
    """Weights, gradients and AdamW's two moments in float32, and what products in bfloat16 read instead of the weights."""
    each = 4 * _FLOAT32 + (_BFLOAT16 if train.precision == "bfloat16" else 0)
    return each * parameters(train)


def sequence_bytes(train: Train) -> int:
    """What the forward pass of one sequence keeps for the backward pass, at its largest: when the loss is known."""
    return train.context * (train.layers * _layer_bytes(train) + _loss_bytes(train))


def peak_gib(train: Train) -> float:
    """GiB that one process takes at the most."""
    return (state_bytes(train) + train.micro_batch * sequence_bytes(train)) / GIB


def violations_of_memory(recipe: Recipe, gpu_memory_gib: float) -> tuple[Violation, ...]:
    """What does not fit the cards of a pool, whose memory is `gpu_memory_gib` each; nothing where training takes no GPU."""
    train = recipe.train
    room = USABLE * gpu_memory_gib
    if recipe.resources["train"].gpus == 0 or peak_gib(train) <= room:
        return ()
    rule = (
        f"a process's step takes {peak_gib(train):.1f} GiB ({state_bytes(train) / GIB:.1f} of weights and optimizer, "
        f"{sequence_bytes(train) / GIB:.1f} a sequence in {train.precision}), which fits a GPU of {gpu_memory_gib:g} GiB "
        f"({room:.1f} usable)"
    )
    most = int((room * GIB - state_bytes(train)) // sequence_bytes(train))
    fitting = _largest_divisor(train.micro_batch, most)
    if fitting:
        return (Violation("train.micro_batch", train.micro_batch, rule, f"set {fitting}"),)
    if state_bytes(train) > room * GIB:
        remedy = "set fewer layers or a smaller hidden, or take GPUs of more memory"
        return (Violation("train.hidden", train.hidden, rule, remedy),)
    if train.precision == "float32":
        return (Violation("train.precision", train.precision, rule, "set bfloat16, or a smaller context"),)
    return (Violation("train.context", train.context, rule, "set a smaller context, or take GPUs of more memory"),)


def _largest_divisor(number: int, most: int) -> int:
    """The largest divisor of `number` that is at most `most`, 0 where there is none; a batch that is shared stays shared."""
    return max((size for size in range(1, min(number, max(0, most)) + 1) if number % size == 0), default=0)


def _key_value_width(train: Train) -> int:
    return train.hidden // train.heads * train.kv_heads


def _layer_bytes(train: Train) -> int:
    """A token in a layer: two residuals in float32; normed twice; queries, keys, values; rotated; attended; the MLP's three."""
    hidden, keys = train.hidden, _key_value_width(train)
    width = _BFLOAT16 if train.precision == "bfloat16" else _FLOAT32
    products = 2 * hidden + (hidden + 2 * keys) + (hidden + keys) + hidden + 2 * hidden + 3 * train.intermediate
    # In float32 there is no flash attention with shared keys: every pair of tokens has its weight, for each head.
    pairs = train.heads * train.context * _FLOAT32 if train.precision == "float32" else 0
    return 2 * _FLOAT32 * hidden + width * products + pairs


def _loss_bytes(train: Train) -> int:
    """A token's logits as computed, in float32, their logarithms, and the gradient."""
    as_computed = _BFLOAT16 if train.precision == "bfloat16" else 0
    return train.vocab * (as_computed + 3 * _FLOAT32)
