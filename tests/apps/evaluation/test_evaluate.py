"""Evaluation runs on the device that its pod holds, in the precision of the recipe, and measures what a plain loop does."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from workloads.evaluation.app import evaluate as stage
from workloads.stage.app.attempt import run
from workloads.stage.app.documents import Text
from workloads.stage.app.manifest import Manifest, StoredObject, digest, manifest_path
from workloads.stage.app.store import Store
from workloads.training.app import model
from workloads.training.app.step import device_of_process

KEYS = {"clean": "1" * 64, "train": "2" * 64, "evaluate": "3" * 64}
CONTEXT = 16
SEED = 17
TRAINING = [Text("a", "1", "def read(path):\n    return path\n" * 20)]
HELD_OUT = [Text("b", "2", "def write(path):\n    path = read(path)\n" * 20)]


class Trained:
    """A run whose training is done."""

    def __init__(self, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store, self._folder, self._patch = store, folder, monkeypatch
        self.tokenizer = model.train_tokenizer((text.text for text in TRAINING), 300)
        configuration = LlamaConfig(
            vocab_size=self.tokenizer.get_vocab_size(),
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=True,
            bos_token_id=self.tokenizer.token_to_id(model.BEGIN),
            eos_token_id=self.tokenizer.token_to_id(model.END),
        )
        # Other weights than those that the stage itself makes as its baseline.
        self.llama = model.untrained(configuration, SEED + 1)
        self.untrained = model.untrained(configuration, SEED)
        (folder / "train").mkdir()
        for name, texts in (("train-00000.jsonl", TRAINING), ("held-out-00000.jsonl", HELD_OUT)):
            (folder / name).write_text("".join(json.dumps(asdict(text)) + "\n" for text in texts))

    def evaluate(self, precision: str = "float32") -> Mapping[str, object]:
        """What the stage measures."""
        files = model.save(self.llama, self.tokenizer, self._folder / "train")
        self._finish("train", files, {"seed": SEED, "precision": precision})
        self._finish("clean", sorted(self._folder.glob("*.jsonl")), {})
        spec = self._folder / "spec.json"
        names = {name: name for name in ("run", "code", "environment", "image")}
        recipe = {"max_tokens": 200, "max_perplexity_ratio": 1000}
        inputs = {name: KEYS[name] for name in ("clean", "train")}
        spec.write_text(
            json.dumps({**names, "stage": "evaluate", "key": KEYS["evaluate"], "inputs": inputs, "recipe": recipe})
        )
        self._patch.setenv("STAGE_SPEC_FILE", str(spec))
        assert run("evaluate", stage.evaluate) == 0
        content = self._store.get(manifest_path("evaluate", KEYS["evaluate"]))
        assert content is not None
        return Manifest.decode(content, "").metrics

    def _finish(self, name: str, files: list[Path], recipe: Mapping[str, object]) -> None:
        objects: list[StoredObject] = []
        for file in files:
            content, path = file.read_bytes(), f"stages/{name}/{file.name}"
            self._store.put(path, content)
            objects.append(StoredObject(name=file.name, object=path, sha256=digest(content), size=len(content)))
        manifest = Manifest(
            stage=name,
            key=KEYS[name],
            inputs={},
            run="",
            code="",
            environment="",
            image="",
            recipe=recipe,
            objects=tuple(objects),
            metrics={},
            started="",
            finished="",
        )
        self._store.put(manifest_path(name, KEYS[name]), manifest.encode())

    def tokens(self, texts: list[Text]) -> list[int]:
        return [token for row in model.tokens(self.tokenizer, (text.text for text in texts)) for token in row]


@pytest.fixture
def trained(account: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trained:
    return Trained(account, tmp_path, monkeypatch)


def plain(llama: LlamaForCausalLM, row: list[int]) -> float:
    """Perplexity by one window after the other, one token after the other, on the CPU."""
    surprises: list[float] = []
    for at in range(0, len(row), CONTEXT + 1):
        window = torch.tensor(row[at : at + CONTEXT + 1])
        if len(window) > 1:
            odds = torch.log_softmax(llama(input_ids=window[None, :-1]).logits[0].double(), dim=-1)
            surprises += [-odds[place, token].item() for place, token in enumerate(window[1:])]
    return math.exp(sum(surprises) / len(surprises))


def test_it_measures_what_a_plain_loop_on_the_cpu_does(trained: Trained) -> None:
    row = trained.tokens(HELD_OUT)[:200]
    # The last window is shorter than the others, and windows are computed several at once.
    assert len(row) == 200
    metrics = trained.evaluate()
    assert metrics["dtype"] == "float32"
    assert math.isclose(cast(float, metrics["perplexity"]), plain(trained.llama, row), rel_tol=1e-5)
    assert math.isclose(cast(float, metrics["untrained_perplexity"]), plain(trained.untrained, row), rel_tol=1e-5)
    counts = Counter(trained.tokens(TRAINING))
    vocab = trained.tokenizer.get_vocab_size()
    asked = [token for place, token in enumerate(row) if place % (CONTEXT + 1)]
    odds = [math.log((counts[token] + 1) / (counts.total() + vocab)) for token in asked]
    unigram = math.exp(-sum(odds) / len(odds))
    assert math.isclose(cast(float, metrics["unigram_perplexity"]), unigram, rel_tol=1e-5)
    assert metrics["held_out_tokens"] == len(asked)


def test_weights_are_in_the_precision_that_they_are_served_in(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[torch.dtype] = []
    move = model.on_device

    def noted(llama: LlamaForCausalLM, device: torch.device) -> LlamaForCausalLM:
        found.extend({parameter.dtype for parameter in llama.parameters()})
        return move(llama, device)

    monkeypatch.setattr(model, "on_device", noted)
    metrics = trained.evaluate("bfloat16")
    assert metrics["dtype"] == "bfloat16"
    # The model, and the same model untrained.
    assert found == [torch.bfloat16, torch.bfloat16]
    exact = plain(trained.llama, trained.tokens(HELD_OUT)[:200])
    assert math.isclose(cast(float, metrics["perplexity"]), exact, rel_tol=0.05)


def test_evaluation_left_the_gpu_of_its_pod_idle(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[torch.device] = []
    gpu, cpu = torch.device("cuda", 0), torch.device("cpu")
    move, count = model.on_device, stage.unigram.counts

    def noted(llama: LlamaForCausalLM, device: torch.device) -> LlamaForCausalLM:
        moved.append(device)
        return move(llama, cpu)

    def counted(rows: "list[list[int]]", vocab: int, device: torch.device) -> torch.Tensor:
        moved.append(device)
        return count(rows, vocab, cpu)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(model, "on_device", noted)
    monkeypatch.setattr(stage.unigram, "counts", counted)
    assert trained.evaluate()["device"] == "cuda"
    # The model, the same model untrained, and the baseline that counts.
    assert moved == [gpu, gpu, gpu]


@pytest.mark.parametrize(("rank", "index"), [(None, 0), ("3", 3)])
def test_a_process_takes_the_gpu_of_its_rank_and_one_alone_the_first(
    rank: str | None, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    if rank is None:
        monkeypatch.delenv("LOCAL_RANK", raising=False)
    else:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert device_of_process() == torch.device("cuda", index)
    assert taken == [torch.device("cuda", index)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of_process() == torch.device("cpu")
