"""Measures every card, the network between nodes and the filesystem, judges them, and keeps the signed record in the vault.

Started plainly in each pod; torchrun starts it again, once a card, with a rank.
"""

import hashlib
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from botocore.exceptions import BotoCoreError, ClientError

from workloads.acceptance.app.dcgm import diagnose
from workloads.acceptance.app.plan import Failure, Measured, Plan, Result, judge
from workloads.protection.app.locked import LockedStore, retained_until, vault
from workloads.stage.app.error import StageError
from workloads.stage.app.signing import sign
from workloads.stage.app.store import environment

MODULE = "workloads.acceptance.app.accept"
FAILED = 1
USER_ERROR = 2
FILE_BYTES = int(os.environ.get("ACCEPTANCE_FILE_BYTES", 4 << 30))
NCCL_LOGS = "/tmp"
DCGM = "ACCEPTANCE_DCGM"


def measure(plan: Plan) -> Result | None:
    """The result on the first rank, None on every other."""
    import torch
    import torch.distributed as dist

    from workloads.acceptance.app import network
    from workloads.acceptance.app.card import measure_card
    from workloads.acceptance.app.files import measure_files
    from workloads.training.app.rendezvous import joined

    started, local, node = _now(), int(environment("LOCAL_RANK")), environment("NODE_NAME")
    cuda = torch.cuda.is_available()
    if bool(plan.gpus) != cuda:
        raise StageError(
            "gpus", plan.gpus, f"is what torch finds, {torch.cuda.device_count()}", "look at the node's driver"
        )
    values: dict[str, float] = {}
    card = ""
    if cuda:
        torch.cuda.set_device(local)
        card = f"{local} {torch.cuda.get_device_name(local)}"
        values |= measure_card()
    with joined(lambda: None):
        bandwidth = network.all_reduce()
        if bandwidth:
            values["all_reduce_gb_s"] = bandwidth
        summed = network.is_summed()
        folder = os.environ.get("FILESYSTEM_DIR", "")
        if folder and local == 0:
            values |= measure_files(Path(folder), f"{plan.pool}-{dist.get_rank()}", FILE_BYTES)
        transports = network.transports(Path(NCCL_LOGS).glob("nccl.*.log")) if cuda else []
        own = Measured(
            node=node,
            card=card,
            values=values,
            transports=transports,
            dcgm=os.environ.get(DCGM, "") if local == 0 else "",
        )
        gathered: list[object] = [None] * dist.get_world_size()
        dist.all_gather_object(gathered, (own, summed))
        if dist.get_rank() != 0:
            return None
    every = cast("list[tuple[Measured, bool]]", gathered)
    measured = [one for one, _ in every]
    failures = judge(plan, measured)
    failures += [
        Failure(
            where=one.node,
            path="all_reduce",
            value="another sum",
            rule="a sum over all processes is exact",
            remedy="replace the node",
        )
        for one, right in every
        if not right
    ]
    return Result(plan=plan, started=started, finished=_now(), measured=measured, failures=failures)


def keep(result: Result, store: LockedStore, key_file: Path) -> str:
    """Puts the record and its signature into the vault, under lock; the record's path."""
    content = result.encode()
    digest = hashlib.sha256(content).hexdigest()
    when = datetime.fromisoformat(result.finished).strftime("%Y%m%dT%H%M%SZ")
    path = f"acceptance/{result.plan.pool}/{when}-{digest[:12]}.json"
    signature, until = sign(content, key_file), retained_until()
    store.keep(path, content, digest, len(content), until)
    store.keep(f"{path}.sig", signature, hashlib.sha256(signature).hexdigest(), len(signature), until)
    return path


def show(result: Result) -> None:
    for one in result.measured:
        shown = ", ".join(f"{name} {value:.1f}" for name, value in asdict(one)["values"].items())
        print(f"accept: {one.node} {one.card}: {shown} {' '.join(one.transports)}".rstrip(), flush=True)
    for failure in result.failures:
        print(f"accept: {failure}", file=sys.stderr, flush=True)


def main() -> int:
    """1 where a node fails, so that the Job fails and the deployment with it; 2 for what its user has to remedy."""
    try:
        plan = Plan.parse(environment("ACCEPTANCE_SPEC"))
        if "RANK" not in os.environ:
            from workloads.training.app.train import start_processes

            if plan.gpus:
                # Before any process holds the memory and the clocks that it wants for itself.
                os.environ[DCGM] = diagnose(plan.dcgm_level)
            return start_processes(MODULE)
        result = measure(plan)
        if result is None:
            return 0
        show(result)
        # Kept whatever it says: that a node failed is what a supplier is shown.
        path = keep(result, vault(), Path(environment("SIGNING_KEY_FILE")))
    except StageError as error:
        print(f"accept: {error}", file=sys.stderr)
        return USER_ERROR
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"accept: {error}".replace("\n", " "), file=sys.stderr)
        return FAILED
    outcome = "passed" if result.passed else f"failed, {len(result.failures)} failures"
    print(f"accept: {plan.pool} {outcome}; signed record {path}", flush=True)
    return 0 if result.passed else FAILED


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
