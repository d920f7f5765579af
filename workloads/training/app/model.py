"""A Llama-format model, and the tokenizer beside it, as vLLM and transformers load them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar

from workloads.stage.app.spec import Section

# A pod's log is lines.
disable_progress_bar()

BEGIN, END = "<|begin|>", "<|end|>"


def train_tokenizer(texts: Iterator[str], vocab: int) -> Tokenizer:
    """A byte-level BPE: every text has tokens, none is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return tokenizer


def tokens(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[int]]:
    """Each text's tokens between the marks of its begin and its end.

    Text that looks like a mark stays text: a document of the corpus must not end another.
    """
    tokenizer.encode_special_tokens = True
    begin, end = (cast("int", tokenizer.token_to_id(mark)) for mark in (BEGIN, END))
    for text in texts:
        yield [begin, *tokenizer.encode(text, add_special_tokens=False).ids, end]


def config(recipe: Section, tokenizer: Tokenizer) -> LlamaConfig:
    """The architecture; the vocabulary is the tokenizer's own, which a small corpus may leave below the recipe's."""
    return LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=recipe.whole("hidden"),
        intermediate_size=recipe.whole("intermediate"),
        num_hidden_layers=recipe.whole("layers"),
        num_attention_heads=recipe.whole("heads"),
        num_key_value_heads=recipe.whole("kv_heads"),
        max_position_embeddings=recipe.whole("context"),
        # A small vocabulary is still a fifth of a small model: one matrix serves both ends.
        tie_word_embeddings=True,
        bos_token_id=tokenizer.token_to_id(BEGIN),
        eos_token_id=tokenizer.token_to_id(END),
    )


def on_device(model: LlamaForCausalLM, device: torch.device) -> LlamaForCausalLM:
    """The model, moved to a device."""
    # transformers' annotation of `to` takes the device for the model itself.
    return cast("LlamaForCausalLM", torch.nn.Module.to(model, device))


def untrained(configuration: LlamaConfig, seed: int) -> LlamaForCausalLM:
    """The model before its first step: the same configuration and seed give the same weights."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(configuration)


def save(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path) -> list[Path]:
    """Writes weights as safetensors, never as a pickle, in files that one PUT can carry."""
    model.save_pretrained(folder, max_shard_size="2GB")
    # The server adds the begin mark to each prompt, because training always saw it first.
    tokenizer.encode_special_tokens = False
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        add_bos_token=True,
        clean_up_tokenization_spaces=False,
        model_max_length=model.config.max_position_embeddings,
    )
    fast.save_pretrained(folder)
    return sorted(path for path in folder.iterdir() if path.is_file())


def parameters(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
