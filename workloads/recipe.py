"""What a run is to do: every number of every stage, typed, and judged before anything is made."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from typing import Annotated, Literal, Self, cast

from annotated_types import Ge, Gt, Le, Lt
from pydantic import PlainValidator, TypeAdapter

from components.document import Number, Rule, Section, Text, Whole, full, parsed, read
from components.violations import Violation
from workloads.source import Source

StageName = Literal["ingest", "clean", "train", "evaluate", "register", "protect"]
STAGES: tuple[StageName, ...] = ("ingest", "clean", "train", "evaluate", "register", "protect")
"""In the order in which they can run."""
MOST_SHOWN = 64


def _whole(least: int) -> Rule:
    return Rule(f"it is a whole number of {least} or more", f"set {least} or more")


Count = Annotated[Whole, Ge(0), _whole(0)]
Positive = Annotated[Whole, Ge(1), _whole(1)]
AtLeastTwo = Annotated[Whole, Ge(2), _whole(2)]
# The 256 bytes and the special tokens come first: fewer leave no room for a single merge.
Vocabulary = Annotated[Whole, Ge(512), _whole(512)]
Cores = Annotated[Number, Gt(0), Rule("a pod has more than 0 cores")]


@parsed(frozen=True, kw_only=True, slots=True)
class Ingest(Section):
    """Where the data comes from."""

    source: Source
    max_bytes: Positive
    """At most so many bytes of documents are taken."""
    snapshot: Annotated[
        Text, full(r"[A-Za-z0-9._:-]{0,200}"), Rule("a snapshot is named by at most 200 letters, digits, . _ : and -")
    ]
    """What is known of the source's content when the run is planned: another value ingests again."""
    text_field: Annotated[
        Text, full(r"(?!.*\{\{)[^\ud800-\udfff\n]{1,200}"), Rule("a field's name has 1 to 200 characters and no {{")
    ] = "text"
    """The field of a line of JSON, and the column of a Parquet file, that holds a document."""
    max_loss: Annotated[Number, Ge(0), Le(1), Rule("a share is 0 or more and at most 1", "e.g. 0.5")] = 0.5
    """The run ends where more than this share of the source's files, or of their documents, is lost: links and special
    files, what is unreadable, damaged, binary or not in Unicode, and records without a text."""

    @property
    def folder(self) -> str:
        """The folder to mount, "" where the source is none."""
        return self.source if isinstance(self.source, str) and self.source.startswith("/") else ""


@parsed(frozen=True, kw_only=True, slots=True)
class Clean(Section):
    """How the data is split."""

    held_out: Annotated[Number, Gt(0), Lt(1), Rule("a share is more than 0 and less than 1")]
    """Share of the documents that is kept from training."""


@parsed(frozen=True, kw_only=True, slots=True)
class Train(Section):
    """The model's shape and its schedule. Llama's: hidden is the width, intermediate that of its MLP."""

    layers: Positive
    hidden: Positive
    heads: Positive
    kv_heads: Positive
    intermediate: Positive
    vocab: Vocabulary
    context: AtLeastTwo
    """Tokens a sequence."""
    batch: Positive
    """Sequences a step, over all processes."""
    micro_batch: Positive
    """Sequences that a process computes at once: what a step takes of a GPU's memory follows from it."""
    precision: Annotated[Literal["float32", "bfloat16"], Rule("it is float32 or bfloat16")]
    """`bfloat16`: products in bfloat16, weights and optimizer in float32."""
    steps: Positive
    learning_rate: Annotated[
        Number, Gt(0), Le(1), Rule("a learning rate is a number more than 0 and at most 1", "e.g. 0.001")
    ]
    warmup: Count
    """Steps over which the learning rate rises."""
    seed: Count
    checkpoint_every: Positive
    """Steps."""

    def violations(self) -> Iterable[Violation]:
        if self.hidden % self.heads:
            remedy = "each head has hidden / heads channels"
            yield Violation("heads", self.heads, f"the heads divide hidden, {self.hidden}", remedy)
        # Rotary position embeddings turn the channels of a head in pairs.
        elif self.hidden // self.heads % 2:
            yield Violation("heads", self.heads, f"hidden / heads, {self.hidden // self.heads}, is even")
        if self.heads % self.kv_heads:
            yield Violation("kv_heads", self.kv_heads, f"the key-value heads divide heads, {self.heads}")
        if self.warmup > self.steps:
            yield Violation("warmup", self.warmup, f"the warmup is at most steps, {self.steps}")


@parsed(frozen=True, kw_only=True, slots=True)
class Evaluate(Section):
    """What the model is measured by."""

    max_tokens: AtLeastTwo
    """At most so many held-out tokens are asked for."""
    max_perplexity_ratio: Annotated[Number, Gt(0), Rule("a ratio of perplexities is a number more than 0", "e.g. 0.9")]
    """The model's perplexity is at most so many times the unigram baseline's, else the run ends."""


@parsed(frozen=True, kw_only=True, slots=True)
class Register(Section):
    """Where the model is registered."""

    name: Annotated[Text, full(r"[A-Za-z0-9][A-Za-z0-9._-]*"), Rule("a model's name has letters, digits, . _ and -")]


@parsed(frozen=True, kw_only=True, slots=True)
class Resources(Section):
    """What each pod of a workload asks for and is limited to."""

    pods: Positive
    cpu_request: Cores
    """Cores that the scheduler keeps for it."""
    cpu: Cores
    """Cores that it can use at most."""
    memory_gib: Positive
    gpus: Count
    efa: Count
    """EFA interfaces."""

    @property
    def processes(self) -> int:
        """Processes of training in a pod: one a GPU, and one where there is none."""
        return max(1, self.gpus)

    def violations(self) -> Iterable[Violation]:
        if self.cpu_request > self.cpu:
            yield Violation("cpu_request", self.cpu_request, f"the cores asked for are at most cpu, {self.cpu:g}")
        if self.efa and not self.gpus:
            yield Violation("efa", self.efa, "EFA interfaces come with GPUs", "set gpus, or efa to 0")


@parsed(frozen=True, kw_only=True, slots=True)
class SinglePod(Resources):
    """Of a stage that runs on one pod."""

    def violations(self) -> Iterable[Violation]:
        yield from Resources.violations(self)
        if self.pods > 1:
            yield Violation("pods", self.pods, "only train runs on more than one pod", "set 1")


@parsed(frozen=True, kw_only=True, slots=True)
class _Workloads(Section):
    ingest: SinglePod
    clean: SinglePod
    train: Resources
    evaluate: SinglePod
    register: SinglePod
    protect: SinglePod
    serving: SinglePod


_WORKLOADS = TypeAdapter(_Workloads)


def _by_workload(value: object) -> Mapping[str, Resources]:
    found = _WORKLOADS.validate_python(value)
    return {field.name: cast("Resources", getattr(found, field.name)) for field in fields(found)}


@parsed(frozen=True, kw_only=True, slots=True)
class Recipe(Section):
    """A whole run."""

    ingest: Ingest
    clean: Clean
    train: Train
    evaluate: Evaluate
    register: Register
    resources: Annotated[Mapping[str, Resources], PlainValidator(_by_workload)]
    """By stage, and `serving`. Not part of any stage's key: where a stage runs does not change what it makes."""

    @classmethod
    def parse(cls, values: object, *, source: str = "") -> Self:
        """A recipe from its document. `source`, where not empty, replaces `ingest.source`.

        Raises SpecError with every violation: what is missing, unknown, of the wrong type or out of range.
        """
        return read(cls, _with_source(values, source) if source else values, "Recipe", "recipe")

    def pinned(self, snapshot: str) -> Self:
        """The same recipe, of a source whose content is known."""
        return replace(self, ingest=replace(self.ingest, snapshot=snapshot))

    def sections(self, retention_days: int) -> dict[str, Mapping[str, object]]:
        """What each stage is told, by stage. A copy's time under lock is part of protecting: a longer one protects again."""
        ingest = asdict(self.ingest)
        if not isinstance(self.ingest.source, str):
            ingest["source"] = list(self.ingest.source)
        return {
            "ingest": ingest,
            "clean": asdict(self.clean),
            "train": asdict(self.train),
            "evaluate": asdict(self.evaluate),
            "register": asdict(self.register),
            "protect": {"retention_days": retention_days},
        }

    def violations(self) -> Iterable[Violation]:
        """Where the batch is not shared evenly by processes and micro-batches."""
        train, resources = self.train, self.resources["train"]
        processes = resources.pods * resources.processes
        if train.batch % processes:
            rule = (
                f"the batch is shared evenly by the {processes} processes of training: resources.train.pods,"
                f" {resources.pods}, times {resources.processes} a pod (resources.train.gpus, at least 1)"
            )
            yield Violation("train.batch", train.batch, rule, f"set a multiple of {processes}")
            return
        share = train.batch // processes
        if share % train.micro_batch:
            fitting = [size for size in range(1, min(share, MOST_SHOWN) + 1) if share % size == 0]
            rule = f"it divides a process's share of train.batch: {train.batch} / {processes} processes = {share} sequences"
            remedy = f"set one of {', '.join(map(str, fitting))}, or another train.batch"
            yield Violation("train.micro_batch", train.micro_batch, rule, remedy)


def _with_source(values: object, source: str) -> object:
    document = cast("dict[str, object]", values) if isinstance(values, dict) else {}
    ingest = document.get("ingest")
    if not isinstance(ingest, dict):
        return cast("object", values)
    return {**document, "ingest": {**cast("dict[str, object]", ingest), "source": source}}
