"""The rules of an acceptance test, and what it expects of the nodes."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from components.acceptance.args import AcceptanceTestArgs
from components.acceptance.ceilings import CARDS, NETWORK_GBPS, OF_FILESYSTEM, OF_NETWORK
from components.violations import Violations

MEASURES = ("tflops", "memory_gb_s", "link_gb_s", "all_reduce_gb_s", "write_mb_s", "read_mb_s")
# Part of the names of a Job and its pods, which are labels of at most 63 characters.
POOL = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")
DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptanceSpec:
    """What is asked of each node of a pool."""

    pool: str
    nodes: int
    gpus: int
    """Of a node; 0 where it has none."""
    efa: int
    floors: Mapping[str, float]
    """What is measured -> the least that passes; what has no floor is recorded."""
    sources: Mapping[str, str]
    """What is measured -> where its floor comes from."""
    dcgm_level: int
    cpu: float
    memory_gib: int
    seconds: int

    @classmethod
    def parse(cls, args: AcceptanceTestArgs) -> Self:
        """Raises SpecError with every violation."""
        violations = Violations("AcceptanceTest")
        accelerator = args.get("accelerator")
        efa = args.get("efa", accelerator.efa_cards if accelerator else 0)
        _check(violations, args, efa)
        violations.raise_if_any()
        floors, sources = _expected(args, efa)
        return cls(
            pool=args["pool"],
            nodes=args["nodes"],
            gpus=accelerator.gpus if accelerator else 0,
            efa=efa,
            floors=floors,
            sources=sources,
            dcgm_level=args.get("dcgm_level", 2),
            cpu=args.get("cpu", 4),
            memory_gib=args.get("memory_gib", 16),
            seconds=args.get("seconds", 1800),
        )

    @property
    def processes(self) -> int:
        """Processes of a pod: one a GPU, and one where there is none."""
        return max(1, self.gpus)

    def document(self) -> str:
        """What the program is told."""
        return json.dumps(
            {
                "pool": self.pool,
                "nodes": self.nodes,
                "gpus": self.gpus,
                "efa": self.efa,
                "floors": dict(self.floors),
                "sources": dict(self.sources),
                "dcgm_level": self.dcgm_level,
            },
            sort_keys=True,
        )

    def digest(self, image: str) -> str:
        """Names one test: with other nodes, floors or libraries it is another, and runs again."""
        return hashlib.sha256(f"{image}\n{self.document()}".encode()).hexdigest()[:12]


def _expected(args: AcceptanceTestArgs, efa: int) -> tuple[dict[str, float], dict[str, str]]:
    floors: dict[str, float] = {}
    sources: dict[str, str] = {}
    accelerator = args.get("accelerator")
    card = CARDS.get(accelerator.gpu_model) if accelerator else None
    if card:
        floors |= card.floors()
        sources |= dict.fromkeys(card.floors(), f"{card.share:g} of what is {card.source}")
    gbps = NETWORK_GBPS.get(accelerator.instance_type, 0) if accelerator and efa and args["nodes"] > 1 else 0
    if accelerator and gbps:
        # A pod with some of the cards has that share of the network. 8 bits a byte.
        floors["all_reduce_gb_s"] = round(gbps / 8 * efa / accelerator.efa_cards * OF_NETWORK, 1)
        sources["all_reduce_gb_s"] = f"{OF_NETWORK:g} of the type's {gbps} Gbit/s"
    whole = args.get("filesystem_mb_s", 0)
    if whole:
        for name in ("write_mb_s", "read_mb_s"):
            # All nodes write and read at once.
            floors[name] = round(whole / args["nodes"] * OF_FILESYSTEM, 1)
            sources[name] = f"{OF_FILESYSTEM:g} of a node's share of {whole:g} MB/s"
    for name, floor in args.get("floors", {}).items():
        floors[name], sources[name] = floor, "set by the caller"
    return {name: floor for name, floor in floors.items() if floor}, sources


def _check(violations: Violations, args: AcceptanceTestArgs, efa: int) -> None:
    accelerator = args.get("accelerator")
    violations.unless(
        POOL.fullmatch(args["pool"]) is not None,
        "pool",
        args["pool"],
        "a pool is named by at most 30 of a-z, 0-9 and '-'",
        "e.g. gpu",
    )
    violations.unless(
        type(args["nodes"]) is int and args["nodes"] >= 1,
        "nodes",
        args["nodes"],
        "one node or more is tested, and whole ones",
        "declare no test for a pool of 0 nodes",
    )
    violations.unless(
        bool(args["node_labels"]),
        "node_labels",
        "",
        "the nodes of a pool are found by their labels: without any, others would be tested",
        "e.g. aifactory/pool=gpu",
    )
    violations.unless(
        DIGEST.fullmatch(args["image"]) is not None,
        "image",
        args["image"],
        "an image is named by repository and digest",
        "take it from the images' lock",
    )
    most = accelerator.efa_cards if accelerator else 0
    violations.unless(
        type(efa) is int and 0 <= efa <= most,
        "efa",
        efa,
        f"a pod has 0 to {most} EFA interfaces, as many as its node",
        f"set {most}",
    )
    for name, floor in args.get("floors", {}).items():
        violations.unless(
            name in MEASURES and floor >= 0,
            f"floors.{name}",
            floor,
            "a floor is a number of 0 or more of something that is measured",
            f"one of {', '.join(MEASURES)}",
        )
    for name, least, most_ in (("dcgm_level", 1, 4), ("memory_gib", 1, 1 << 14), ("seconds", 60, 86400)):
        value = args.get(name, least)
        violations.unless(
            type(value) is int and least <= value <= most_,
            name,
            value,
            f"it is a whole number from {least} to {most_}",
            f"set {least}",
        )
    violations.unless(args.get("cpu", 1) > 0, "cpu", args.get("cpu"), "a pod has more than 0 cores", "set 1")
    missing = [name for name in ("VAULT_BUCKET", "VAULT_RETENTION_DAYS") if name not in args["record"]["environment"]]
    violations.unless(
        not missing,
        "record.environment",
        ",".join(missing),
        "the record is kept in the vault under lock",
        "set VAULT_BUCKET and VAULT_RETENTION_DAYS",
    )
