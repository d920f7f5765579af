"""Which of the source, the vault and the off-site store are one store: asked of the stores, as one has many addresses."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from workloads.protection.app.locked import Kept, LockedStore
from workloads.stage.app.error import StageError
from workloads.stage.app.store import Store

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What distinguishes the stores that hold a copy."""

    stores: int
    """How many there are, the source among them."""
    off_site: bool
    """Whether the off-site store is neither the source nor the vault."""

    @classmethod
    def of(cls, source: Store, vault: LockedStore, offsite: LockedStore, kept: tuple[Kept, Kept]) -> Self:
        """From one object that was put into the vault and then off site.

        Raises StageError where two of the three are one bucket.
        """
        locked, away = kept
        apart = not _is_one_store("objects", source, "vault", vault, locked)
        offsite_is_vault = _is_one_store("offsite", offsite, "vault", vault, locked)
        offsite_is_source = _is_one_store("objects", source, "offsite", offsite, away)
        off_site = not offsite_is_vault and not offsite_is_source
        return cls(stores=1 + apart + off_site, off_site=off_site)


def address(endpoint: str) -> tuple[str, str, int | None, str]:
    """An endpoint such that two ways to write one URL are equal."""
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")


def _is_one_store(name: str, asked: Store | LockedStore, other_name: str, holder: LockedStore, kept: Kept) -> bool:
    """Whether two settings lead to one store. Raises StageError where they lead to one bucket.

    `kept` is what was put into the bucket of `holder`; the names are the prefixes of the two stores' settings.
    """
    one_store = _answers_for(asked.endpoint, holder, kept)
    if asked.has(kept.path, kept.version) or (one_store and asked.bucket == holder.bucket):
        raise StageError(
            f"aifactory:{name}Endpoint",
            asked.endpoint,
            f"is not the store of aifactory:{other_name}Endpoint = {holder.endpoint!r}; what is put there into the bucket"
            f" {holder.bucket!r} stands here in {asked.bucket!r}, so two copies are one",
            f"set aifactory:{name}Endpoint and aifactory:{name}Bucket to a store of its own",
        )
    return one_store


def _answers_for(endpoint: str, holder: LockedStore, kept: Kept) -> bool:
    if address(endpoint) == address(holder.endpoint):
        return True
    # Any endpoint of AWS finds the buckets of every region; there the endpoint, which names the region, decides.
    if _on_aws(endpoint) and _on_aws(holder.endpoint):
        return False
    return holder.is_at(endpoint, kept)


def _on_aws(endpoint: str) -> bool:
    return address(endpoint)[1].endswith((".amazonaws.com", ".amazonaws.com.cn"))
