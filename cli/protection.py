"""The protection table: how far each class of data is from 3-2-1-1-0."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from cli.objects import Kept, Objects
from cli.runs import Run
from host.documents import mapping, sequence

LOGS = "inference-logs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One class of data."""

    kind: str
    copies: int
    stores: int
    """Object stores that hold it, each counted once whatever its addresses; what media they write to, no store tells."""
    off_site: bool
    """Whether one of them is neither the source nor the vault."""
    air_gapped: bool
    locked_until: str | None
    """The earliest date of any copy, ISO 8601."""
    verified_at: str | None
    errors: int
    """Copies that were read back otherwise than they were written."""

    @classmethod
    def read(cls, values: object) -> Self:
        """A row as the stage `protect` measured it."""
        row = mapping(values)
        return cls(
            kind=str(row.get("class")),
            copies=int(str(row.get("copies"))),
            # A run of an earlier version left no such count.
            stores=int(str(row.get("stores", 0))),
            off_site=row.get("off_site") is True,
            air_gapped=row.get("air_gapped") is True,
            locked_until=str(row.get("locked_until")),
            verified_at=str(row.get("verified_at")),
            errors=int(str(row.get("errors"))),
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """What it lacks of 3-2-1-1-0, as far as that can be measured: of the media nothing is said."""
        held = {
            "three copies": self.copies >= 3,
            "two stores": self.stores >= 2,
            "an off-site copy": self.off_site,
            "an air-gapped copy": self.air_gapped,
            "a read without errors": not self.errors,
        }
        return tuple(name for name, there in held.items() if not there)

    def document(self) -> dict[str, object]:
        """As `status --json` prints it."""
        return {
            "class": self.kind,
            "copies": self.copies,
            "stores": self.stores,
            "off_site": self.off_site,
            "air_gapped": self.air_gapped,
            "locked_until": self.locked_until,
            "verified_at": self.verified_at,
            "errors": self.errors,
        }


def table(vault: Objects, offsite: Objects, run: Run | None, model: str) -> list[Row]:
    """What the run's last stage verified, and the logs of the served model, read back now."""
    rows = [Row.read(row) for row in sequence(run.metric("protect", "table"))] if run else []
    # Whether the two are one store the stage asked them; here are only two addresses.
    apart = bool(rows) and all(row.off_site for row in rows)
    return [*rows, _logs([vault, offsite], model, apart=apart)] if model else rows


def _logs(stores: Sequence[Objects], model: str, *, apart: bool) -> Row:
    held = [set(store.listed(f"{LOGS}/{model}/")) for store in stores]
    paths = sorted(held[0] | held[1])
    read = {
        path: [store.read_back(path) for store, paths_there in zip(stores, held, strict=True) if path in paths_there]
        for path in paths
    }
    kept = [one for copies in read.values() for one in copies]
    return Row(
        kind=LOGS,
        copies=min((len(copies) for copies in read.values()), default=0),
        stores=sum(map(bool, held)) if apart else int(bool(paths)),
        off_site=apart and bool(paths) and held[1] == set(paths),
        air_gapped=False,
        locked_until=_earliest(kept),
        verified_at=datetime.now(UTC).isoformat(timespec="seconds") if paths else None,
        # A segment's name holds its digest.
        errors=sum(one.sha256 not in path for path, copies in read.items() for one in copies),
    )


def _earliest(kept: Sequence[Kept]) -> str | None:
    dates = [one.locked_until for one in kept]
    known = [date for date in dates if date is not None]
    return min(known).isoformat() if known and len(known) == len(dates) else None
