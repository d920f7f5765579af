"""Quotas of EC2, in vCPUs: which one a pool counts towards, and whether what is planned fits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.preflight.findings import About, Finding
from components.preflight.plan import Plan, PoolPlan
from components.preflight.questions import NoAnswer, OwnNode, Questions, Quota

# EC2 user guide, "On-Demand Instance quotas": the families that share the quota of Standard instances.
STANDARD = frozenset({"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"})
P, G = frozenset({"p"}), frozenset({"g", "gr", "vt"})
# By market and family (Service Quotas, service `ec2`). Where P6 counts on spot differs from list to list, so that one is
# looked up by its name.
ON_DEMAND: Mapping[frozenset[str], str] = {P: "L-417A185B", G: "L-DB2E81BA", STANDARD: "L-1216C47A"}
SPOT: Mapping[frozenset[str], str] = {G: "L-3819A6DF", STANDARD: "L-34B43A08"}
SPOT_P = {2: "L-7212CCBC", 3: "L-7212CCBC", 4: "L-7212CCBC", 5: "L-C4BD4855"}


@dataclass(frozen=True, slots=True)
class QuotaKey:
    """Which quota: by its code, or where codes are not certain by words of its name."""

    code: str = ""
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.code or " ".join(self.words)


def quota_of(pool: PoolPlan) -> QuotaKey | None:
    """The quota that a pool counts towards; None where it counts towards none.

    A Capacity Block has no quota in vCPUs, and a reservation that exists counts already, whether it is used or not
    (EC2 user guide, "On-Demand Capacity Reservations", "Quotas").
    """
    if pool.market == "capacity-block" or (pool.market == "reservation" and pool.reservation):
        return None
    return key_of(pool.instance_type, spot=pool.market == "spot")


def key_of(instance_type: str, *, spot: bool) -> QuotaKey:
    """The quota of a type in a market; by its family's name where no code is known."""
    family, generation = _family(instance_type)
    if spot and family in P:
        code = SPOT_P.get(generation, "")
        return QuotaKey(code) if code else QuotaKey(words=(f"P{generation}", "Spot"))
    table = SPOT if spot else ON_DEMAND
    code = next((code for families, code in table.items() if family in families), "")
    return QuotaKey(code) if code else QuotaKey(words=(family.upper(), "Spot" if spot else "On-Demand"))


def check_quotas(plan: Plan, ask: Questions) -> list[Finding]:
    """One finding a quota, with all pools that share it."""
    sharing: dict[QuotaKey, list[PoolPlan]] = {}
    for pool in plan.pools:
        key = quota_of(pool) if pool.nodes else None
        if key:
            sharing.setdefault(key, []).append(pool)
    return [_check(plan, ask, key, pools) for key, pools in sharing.items()]


def _check(plan: Plan, ask: Questions, key: QuotaKey, pools: Sequence[PoolPlan]) -> Finding:
    need = sum(pool.vcpus * pool.nodes for pool in pools)
    sums = ", ".join(
        f"{pool.name}: {pool.nodes} x {pool.instance_type} of {pool.vcpus} = {pool.nodes * pool.vcpus}"
        for pool in pools
    )
    about = About("quota", str(key), sums)
    try:
        quota = ask.quota(key.code) if key.code else ask.quota_named(key.words)
    except NoAnswer as error:
        return about.not_judged(str(error))
    if quota is None:
        return about.not_judged(f"Service Quotas in {plan.region} names no such quota of EC2: {key}")
    if need > quota.vcpus:
        return about.failed(
            f"the quota {quota.code} ({quota.name}) is {quota.vcpus:g} vCPUs and the pools need {need}",
            _request(plan, quota, need, pools),
        )
    return _beside_others(plan, ask, about, quota, need, pools)


def _beside_others(
    plan: Plan, ask: Questions, about: About, quota: Quota, need: int, pools: Sequence[PoolPlan]
) -> Finding:
    """Whether the pools also fit beside what runs in the account already."""
    fits = f"the pools need {need} of {quota.vcpus:g} vCPUs of {quota.code} ({quota.name})"
    try:
        used = ask.used(quota)
        own = _own(ask.own_nodes(plan.cluster), pools) if plan.cluster else 0
    except NoAnswer as error:
        # What the quota is, is known: that alone is worth its word.
        return about.ok(f"{fits}; what runs already was not counted ({error})")
    if used is None:
        return about.ok(f"{fits}; AWS publishes no use of this quota")
    others = max(0.0, used - own)
    if need + others <= quota.vcpus:
        return about.ok(f"{fits}, beside {others:g} that run")
    message = (
        f"the quota {quota.code} ({quota.name}) is {quota.vcpus:g} vCPUs, {others:g} run, and the pools need {need}"
    )
    if not plan.cluster:
        return about.not_judged(
            f"{message}; whether those that run are this platform's own is not known without its cluster"
        )
    return about.failed(message, _request(plan, quota, need + others, pools))


def _own(nodes: Sequence[OwnNode], pools: Sequence[PoolPlan]) -> int:
    """vCPUs of the platform's own nodes that count towards a quota."""
    spot = pools[0].market == "spot"
    key = key_of(pools[0].instance_type, spot=spot)
    return sum(
        node.vcpus
        for node in nodes
        if node.market != "capacity-block"
        and (node.market == "spot") == spot
        and key_of(node.instance_type, spot=spot) == key
    )


def _request(plan: Plan, quota: Quota, need: float, pools: Sequence[PoolPlan]) -> str:
    asked = (
        f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {quota.code}"
        f" --desired-value {need:g} --region {plan.region}"
    )
    # Of P instances On-Demand is rarely granted in time; a Capacity Block is on sale and needs no quota
    # (modelplaneai/modelplane#113).
    block = any(_family(pool.instance_type)[0] in P and pool.market == "on-demand" for pool in pools)
    return asked + ("; or buy a Capacity Block, which counts towards no quota" if block else "")


def _family(instance_type: str) -> tuple[str, int]:
    """Letters and generation of a type's name: `p5en.48xlarge` is of family p, generation 5."""
    found = re.match(r"([a-z]+)-?(\d+)", instance_type)
    return (found[1], int(found[2])) if found else (instance_type, 0)
