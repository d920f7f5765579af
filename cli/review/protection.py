"""How what must not be lost is kept, as deployed and as declared: each vault bucket's lock, retention and place."""

from collections.abc import Iterable
from dataclasses import dataclass

from policies import types
from policies.resource import UNKNOWN, PolicyResource, at, mapping, text

FIELDS = ("lock", "retention", "versions", "place")
NONE = "none"
LATER = "known in the update"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One vault bucket."""

    lock: str = NONE
    retention: str = NONE
    versions: str = NONE
    place: str = NONE

    def value(self, name: str) -> str:
        """Of one of `FIELDS`."""
        return {"lock": self.lock, "retention": self.retention, "versions": self.versions, "place": self.place}[name]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtectionChange:
    """One vault bucket before and after; None where it is not there."""

    name: str
    before: Kept | None
    after: Kept | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


def protection(deployed: Iterable[PolicyResource], declared: Iterable[PolicyResource]) -> tuple[ProtectionChange, ...]:
    """Of every vault bucket, in the order of names."""
    before, after = _kept(deployed), _kept(declared)
    names = sorted({*before, *after})
    return tuple(ProtectionChange(name=name, before=before.get(name), after=after.get(name)) for name in names)


def _kept(resources: Iterable[PolicyResource]) -> dict[str, Kept]:
    children = [one for one in resources if types.VAULT in one.within]
    buckets = {one.name: one for one in children if one.kind in (types.OWN_BUCKET, *types.AWS_BUCKETS)}
    return {name: _one(bucket, children) for name, bucket in buckets.items()}


def _one(bucket: PolicyResource, children: list[PolicyResource]) -> Kept:
    if bucket.kind == types.OWN_BUCKET:
        days, locked = bucket.props.get("defaultRetentionDays"), bucket.props.get("objectLock")
        return Kept(
            lock=_word(locked and "COMPLIANCE", locked),
            retention=_days(days),
            versions=_word("on", bucket.props.get("versioning")),
            place=text(bucket.props.get("endpoint")) or NONE,
        )
    # What AWS splits into several resources; the component names them after itself, as it does its bucket.
    prefix = bucket.name.rpartition("-")[0] or bucket.name
    own = {one.kind: one for one in children if one.name == prefix or one.name.startswith(f"{prefix}-")}
    retention = at(own[types.AWS_LOCK].props, "rule.defaultRetention") if types.AWS_LOCK in own else None
    return Kept(
        lock=LATER if retention is UNKNOWN else text(mapping(retention).get("mode")) or NONE,
        retention=_days(mapping(retention).get("days")),
        versions=_word("on", types.AWS_VERSIONING in own),
        place=text(bucket.props.get("region")) or "its provider's region",
    )


def _word(word: object, value: object) -> str:
    if value is UNKNOWN:
        return LATER
    return text(word) if value is True else NONE


def _days(value: object) -> str:
    if value is UNKNOWN:
        return LATER
    return f"{value:g} days" if isinstance(value, int | float) and value else NONE
