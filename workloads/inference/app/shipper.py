"""Takes the records on this disk to the vault, then off site."""

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from workloads.inference.app.segments import Head, Segment, head_of, prefix
from workloads.inference.app.spool import Spool, SpoolHeld, left_by_others
from workloads.protection.app.locked import LockedStore, retained_until
from workloads.stage.app.error import StageError

SHIP_SECONDS = 5.0


@dataclass(slots=True)
class Shipper:
    """Takes what the spool holds to the vault, then off site."""

    spool: Spool
    model_digest: str
    vault: LockedStore
    offsite: LockedStore
    failure: str = ""
    """Why the last try failed; "" where it did not."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def forever(self) -> None:
        """Ships every few seconds until stopped, and once more then."""
        stopped = False
        while not stopped:
            try:
                await asyncio.wait_for(self.stop.wait(), SHIP_SECONDS)
                stopped = True
            except TimeoutError:
                pass
            await asyncio.to_thread(self.once)

    def once(self) -> None:
        try:
            count = self.spool.ship(self._keep, self._resume)
        except (BotoCoreError, ClientError, StageError, OSError) as error:
            # The records stay on disk, and the next try begins with them.
            self.failure = str(error).replace("\n", " ")
            print(f"gateway: segments wait on disk: {self.failure}", file=sys.stderr, flush=True)
            return
        self.failure = ""
        if count:
            print(f"gateway: {count} segments shipped", flush=True)

    def ship_left(self, root: Path) -> None:
        """Ships what gateways of earlier models left below `root`, unless one of them still runs."""
        for other in left_by_others(root, self.model_digest):
            try:
                spool = Spool(root, other)
            except SpoolHeld:
                continue
            Shipper(spool, other, self.vault, self.offsite).once()
            spool.release()

    def _keep(self, segment: Segment) -> None:
        until = retained_until()
        for store in (self.vault, self.offsite):
            store.keep(
                segment.name(self.model_digest), segment.content, segment.head.sha256, len(segment.content), until
            )

    def _resume(self) -> Head:
        return head_of(self.vault.last(prefix(self.model_digest)))
