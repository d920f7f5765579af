"""What a run is to do: every number of every stage, typed, and judged before anything is made."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Self, cast

from components.faults import Faults
from workloads.canonical import canonical
from workloads.section import Section

STAGES = ("ingest", "clean", "train", "evaluate", "register", "protect")
"""In the order in which they can run."""
STDLIB = "stdlib"
SOURCE_BYTES = 768 << 10
"""A run's specifications travel in a ConfigMap, which holds 1 MiB (Kubernetes, "ConfigMaps")."""
PRECISIONS = ("float32", "bfloat16")
MOST_SHOWN = 64
# Folders whose place in a container is taken: a source mounted there would hide the program or its accounts.
TAKEN_FOLDERS = (
    "/app",
    "/bin",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingest:
    """Where the data comes from."""

    source: str | tuple[str, ...]
    """`stdlib`, an absolute folder, `s3://bucket/prefix`, or a list of http(s) URLs."""
    max_bytes: int
    """At most so many bytes of documents are taken."""
    snapshot: str
    """What is known of the source's content when the run is planned: another value ingests again."""
    text_field: str
    """The field of a line of JSON, and the column of a Parquet file, that holds a document; "text" where not set."""
    max_loss: float
    """The run ends where more than this share of the source's files, or of their documents, is lost: links and special
    files, what is unreadable, damaged, binary or not in Unicode, and records without a text. 0.5 where not set."""

    @property
    def folder(self) -> str:
        """The folder to mount, "" where the source is none."""
        return self.source if isinstance(self.source, str) and self.source.startswith("/") else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clean:
    """How the data is split."""

    held_out: float
    """Share of the documents that is kept from training, more than 0 and less than 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Train:
    """The model's shape and its schedule. Llama's: hidden is the width, intermediate that of its MLP."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    intermediate: int
    vocab: int
    context: int
    """Tokens a sequence."""
    batch: int
    """Sequences a step, over all processes."""
    micro_batch: int
    """Sequences that a process computes at once: what a step takes of a GPU's memory follows from it."""
    precision: str
    """`float32`, or `bfloat16`: products in bfloat16, weights and optimizer in float32."""
    steps: int
    learning_rate: float
    warmup: int
    """Steps over which the learning rate rises."""
    seed: int
    checkpoint_every: int
    """Steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluate:
    """What the model is measured by."""

    max_tokens: int
    """At most so many held-out tokens are asked for."""
    max_perplexity_ratio: float
    """The model's perplexity is at most so many times the unigram baseline's, else the run ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Where the model is registered."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What each pod of a workload asks for and is limited to."""

    pods: int
    cpu_request: float
    """Cores that the scheduler keeps for it."""
    cpu: float
    """Cores that it can use at most."""
    memory_gib: int
    gpus: int
    efa: int
    """EFA interfaces."""

    @property
    def processes(self) -> int:
        """Processes of training in a pod: one a GPU, and one where there is none."""
        return max(1, self.gpus)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A whole run."""

    ingest: Ingest
    clean: Clean
    train: Train
    evaluate: Evaluate
    register: Register
    resources: Mapping[str, Resources]
    """By stage, and `serving`. Not part of any stage's key: where a stage runs does not change what it makes."""

    @classmethod
    def parse(cls, values: object, *, source: str = "") -> Self:
        """A recipe from its document. `source`, where not empty, replaces `ingest.source`.

        Raises SpecError with every fault: what is missing, unknown, of the wrong type or out of range.
        """
        faults = Faults("Recipe")
        sections = (*STAGES[:-1], "resources")
        whole = Section.read(faults, "", values, sections)
        replaced = {"source": source} if source else {}
        recipe = cls(
            ingest=_ingest(whole.section("ingest", tuple(Ingest.__slots__), replaced)),
            clean=_clean(whole.section("clean", ("held_out",))),
            train=_train(whole.section("train", tuple(Train.__slots__))),
            evaluate=_evaluate(whole.section("evaluate", ("max_tokens", "max_perplexity_ratio"))),
            register=_register(whole.section("register", ("name",))),
            resources=_resources(whole.section("resources", (*STAGES, "serving"))),
        )
        _check_shares(faults, recipe)
        faults.raise_if_any()
        return recipe

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


def _check_shares(faults: Faults, recipe: Recipe) -> None:
    """Notes a fault where the batch is not shared evenly by processes and micro-batches."""
    train, resources = recipe.train, recipe.resources["train"]
    processes = resources.pods * resources.processes
    evenly = faults.unless(
        processes < 1 or train.batch % processes == 0,
        "train.batch",
        train.batch,
        f"the batch is shared evenly by the {processes} processes of training: resources.train.pods, {resources.pods}, times "
        f"{resources.processes} a pod (resources.train.gpus, at least 1)",
        f"set a multiple of {processes}",
    )
    share = train.batch // max(1, processes)
    if evenly and train.micro_batch >= 1:
        fitting = [size for size in range(1, min(share, MOST_SHOWN) + 1) if share % size == 0]
        faults.unless(
            share % train.micro_batch == 0,
            "train.micro_batch",
            train.micro_batch,
            f"it divides a process's share of train.batch: {train.batch} / {processes} processes = {share} sequences",
            f"set one of {', '.join(map(str, fitting))}, or another train.batch",
        )


def _ingest(section: Section) -> Ingest:
    section.values = {"text_field": "text", "max_loss": 0.5, **section.values}
    found = section.value("source")
    listed = tuple(str(item) for item in cast("list[object]", found)) if isinstance(found, list) else ""
    source = found if isinstance(found, str) else listed
    section.require(
        _is_source(section.value("source")),
        "source",
        "a source is stdlib, an absolute folder that is none of the system's, s3://bucket/prefix or a list of http(s) URLs",
        "e.g. stdlib",
    )
    size = len(canonical(source).encode("utf-8", "surrogatepass"))
    section.require(
        size <= SOURCE_BYTES,
        "source",
        f"a source is written in at most {SOURCE_BYTES} bytes, for it travels in a ConfigMap ({size} bytes here)",
        "put the documents below one s3://bucket/prefix",
    )
    return Ingest(
        source=source,
        max_bytes=section.whole("max_bytes", 1),
        snapshot=section.text(
            "snapshot", r"[A-Za-z0-9._:-]{0,200}", "a snapshot is named by at most 200 letters, digits, . _ : and -"
        ),
        text_field=section.text(
            "text_field", r"(?!.*\{\{)[^\ud800-\udfff\n]{1,200}", "a field's name has 1 to 200 characters and no {{"
        ),
        max_loss=section.number("max_loss", "a share is 0 or more and at most 1", lambda it: 0 <= it <= 1, "e.g. 0.5"),
    )


def _is_source(value: object) -> bool:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return bool(items) and all(isinstance(item, str) and _is_url(item) for item in items)
    if not isinstance(value, str) or not _is_plain(value):
        return False
    if value.startswith("/"):
        path = PurePosixPath(value)
        below = value.startswith(("/app/", "/dev/", "/etc/aifactory", "/proc/", "/shared", "/sys/"))
        return str(path) == value and ".." not in path.parts and value not in ("/", *TAKEN_FOLDERS) and not below
    return (
        value == STDLIB
        or _is_url(value)
        or re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?", value) is not None
    )


def _is_url(text: str) -> bool:
    return re.fullmatch(r"https?://[^\s/]+(/\S*)?", text) is not None and _is_plain(text)


def _is_plain(text: str) -> bool:
    # Argo would read {{ as the start of a variable of its own; half of a surrogate pair, as YAML can write one, has no
    # encoding.
    return "{{" not in text and re.search(r"[\ud800-\udfff]", text) is None


def _clean(section: Section) -> Clean:
    return Clean(held_out=section.number("held_out", "a share is more than 0 and less than 1", lambda it: 0 < it < 1))


def _train(section: Section) -> Train:
    train = Train(
        layers=section.whole("layers", 1),
        hidden=section.whole("hidden", 1),
        heads=section.whole("heads", 1),
        kv_heads=section.whole("kv_heads", 1),
        intermediate=section.whole("intermediate", 1),
        # The 256 bytes and the special tokens come first: fewer leave no room for a single merge.
        vocab=section.whole("vocab", 512),
        context=section.whole("context", 2),
        batch=section.whole("batch", 1),
        micro_batch=section.whole("micro_batch", 1),
        precision=section.text("precision", "|".join(PRECISIONS), f"it is {' or '.join(PRECISIONS)}"),
        steps=section.whole("steps", 1),
        learning_rate=section.number(
            "learning_rate",
            "a learning rate is a number more than 0 and at most 1",
            lambda it: 0 < it <= 1,
            "e.g. 0.001",
        ),
        warmup=section.whole("warmup", 0),
        seed=section.whole("seed", 0),
        checkpoint_every=section.whole("checkpoint_every", 1),
    )
    if section.faulty:
        return train
    heads = train.hidden % train.heads == 0
    section.require(heads, "heads", f"the heads divide hidden, {train.hidden}", "each head has hidden / heads channels")
    # Rotary position embeddings turn the channels of a head in pairs.
    even = not heads or train.hidden // train.heads % 2 == 0
    section.require(even, "heads", f"hidden / heads, {train.hidden // train.heads}, is even")
    section.require(train.heads % train.kv_heads == 0, "kv_heads", f"the key-value heads divide heads, {train.heads}")
    section.require(train.warmup <= train.steps, "warmup", f"the warmup is at most steps, {train.steps}")
    return train


def _evaluate(section: Section) -> Evaluate:
    return Evaluate(
        max_tokens=section.whole("max_tokens", 2),
        max_perplexity_ratio=section.number(
            "max_perplexity_ratio", "a ratio of perplexities is a number more than 0", lambda it: it > 0, "e.g. 0.9"
        ),
    )


def _register(section: Section) -> Register:
    return Register(
        name=section.text("name", r"[A-Za-z0-9][A-Za-z0-9._-]*", "a model's name has letters, digits, . _ and -")
    )


def _resources(section: Section) -> Mapping[str, Resources]:
    found: dict[str, Resources] = {}
    for name in (*STAGES, "serving"):
        own = section.section(name, tuple(Resources.__slots__))
        cpu = own.number("cpu", "a pod has more than 0 cores", lambda it: it > 0)
        found[name] = Resources(
            pods=own.whole("pods", 1),
            cpu=cpu,
            cpu_request=own.number("cpu_request", "a pod has more than 0 cores", lambda it: it > 0),
            memory_gib=own.whole("memory_gib", 1),
            gpus=own.whole("gpus", 0),
            efa=own.whole("efa", 0),
        )
        if own.faulty:
            continue
        own.require(found[name].cpu_request <= cpu, "cpu_request", f"the cores asked for are at most cpu, {cpu:g}")
        single = name == "train" or found[name].pods == 1
        own.require(single, "pods", "only train runs on more than one pod", "set 1")
        accelerated = found[name].gpus > 0 or found[name].efa == 0
        own.require(accelerated, "efa", "EFA interfaces come with GPUs", "set gpus, or efa to 0")
    return found
