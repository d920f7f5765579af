"""Whether there are machines: the type in the zone and the market, and a reservation that covers the pool."""

from collections.abc import Sequence

from components.preflight.findings import About, Finding
from components.preflight.plan import Plan, PoolPlan
from components.preflight.questions import NoAnswer, Questions, Reservation
from components.violations import Violation, Violations

LINUX = "Linux/UNIX"
# EC2 API, CapacityReservation.State: one that has not begun yet still holds its machines.
USABLE = {False: ("active",), True: ("active", "scheduled")}


def check_types(plan: Plan, ask: Questions) -> list[Finding]:
    """Of each pool: that the region has the type, in the pool's market, with as many EFA interfaces."""
    return [_check_type(plan, ask, pool) for pool in plan.pools]


def _check_type(plan: Plan, ask: Questions, pool: PoolPlan) -> Finding:
    about = About("type", pool.name, pool.instance_type)
    try:
        facts = ask.type_facts(pool.instance_type)
    except NoAnswer as error:
        return about.not_judged(str(error))
    if facts is None:
        return about.failed(
            f"EC2 in {plan.region} knows no such instance type",
            f"aws ec2 describe-instance-types --region {plan.region} lists those that it has",
        )
    market = "on-demand" if pool.market == "reservation" else pool.market
    if market not in facts.markets:
        return about.failed(
            f"the type is sold as {', '.join(sorted(facts.markets))}, and the pool is of {pool.market}",
            "choose a capacity that the type is sold by",
        )
    if pool.efa > facts.most_efa:
        return about.failed(
            f"a node attaches {pool.efa} EFA interfaces, and the type has {facts.most_efa} at most",
            f"attach {facts.most_efa}" if facts.most_efa else "choose a type with EFA, or pods without it",
        )
    if pool.efa and len(pool.zones) > 1:
        # EC2 user guide, "Elastic Fabric Adapter", "EFA limitations": its traffic does not leave a zone.
        return about.failed(
            f"nodes with EFA are in one zone, and the pool spans {', '.join(pool.zones)}", "give the pool one zone"
        )
    return about.ok(f"sold as {market}" + (f", with {facts.most_efa} EFA interfaces" if facts.most_efa else ""))


def check_offered(plan: Plan, ask: Questions) -> list[Finding]:
    """Of each pool: that its zones offer the type (ec2:DescribeInstanceTypeOfferings). Offered is not available."""
    return [_check_offered(plan, ask, pool) for pool in plan.pools]


def _check_offered(plan: Plan, ask: Questions, pool: PoolPlan) -> Finding:
    about = About("offered", pool.name, pool.instance_type)
    try:
        zones = ask.offered(pool.instance_type)
    except NoAnswer as error:
        return about.not_judged(str(error))
    missing = [zone for zone in pool.zones if zone not in zones]
    if not missing:
        return about.ok(f"offered in {', '.join(pool.zones)}")
    where = ", ".join(sorted(zones))
    return about.failed(
        f"{', '.join(missing)} does not offer the type",
        f"place the pool in one of {where}"
        if where
        else f"no zone of {plan.region} has it: choose another region or type",
    )


def check_reservations(plan: Plan, ask: Questions) -> list[Finding]:
    """Of each pool that has one: that the reservation is of its type and zone, and holds as many machines."""
    named = [pool for pool in plan.pools if pool.market in ("reservation", "capacity-block")]
    return [_check_reservation(plan, ask, pool) for pool in named]


def _check_reservation(plan: Plan, ask: Questions, pool: PoolPlan) -> Finding:
    about = About("reservation", pool.name, pool.reservation)
    if not pool.reservation:
        return about.not_judged("the pool names no reservation yet")
    try:
        found = ask.reservation(pool.reservation)
    except NoAnswer as error:
        return about.not_judged(str(error))
    if found is None:
        return about.failed(
            f"the account has no such reservation in {plan.region}",
            f"aws ec2 describe-capacity-reservations --region {plan.region}; one of another account is shared through AWS RAM",
        )
    violations = _mismatches(found, pool)
    if violations:
        return about.failed(
            "; ".join(violation.rule for violation in violations),
            "; ".join(violation.remedy for violation in violations),
        )
    return _check_free(plan, ask, about, found, pool)


def _mismatches(found: Reservation, pool: PoolPlan) -> Sequence[Violation]:
    """Every reason for which no node of the pool ever starts in it (EC2 user guide, "Capacity Reservations", matching)."""
    violations = Violations("reservation")
    block = pool.market == "capacity-block"
    kinds = {False: "an On-Demand Capacity Reservation", True: "a Capacity Block"}
    violations.unless(
        found.block == block,
        "market",
        pool.market,
        f"it is {kinds[found.block]}, and the pool asks for {kinds[block]}",
        f"set the pool's capacity to {'capacity-block' if found.block else 'reservation'}",
    )
    violations.unless(
        found.instance_type == pool.instance_type,
        "instance_type",
        pool.instance_type,
        f"it is of {found.instance_type}, and the pool of {pool.instance_type}",
        f"set the pool's type to {found.instance_type}",
    )
    violations.unless(
        pool.zones == (found.zone,),
        "zones",
        ",".join(pool.zones),
        f"it is in {found.zone}, and the pool in {', '.join(pool.zones)}",
        f"place the pool in {found.zone} alone",
    )
    violations.unless(
        found.state in USABLE[block],
        "state",
        found.state,
        f"it is {found.state}, and machines are given by one that is {' or '.join(USABLE[block])}",
        "name another reservation",
    )
    violations.unless(
        found.platform == LINUX,
        "platform",
        found.platform,
        f"it is for {found.platform}, and EKS's nodes are {LINUX}",
        f"reserve for {LINUX}",
    )
    violations.unless(
        found.tenancy == "default",
        "tenancy",
        found.tenancy,
        f"its tenancy is {found.tenancy}, and that of the nodes default",
        "reserve with default tenancy",
    )
    violations.unless(
        found.total >= pool.nodes,
        "nodes",
        pool.nodes,
        f"it holds {found.total} machines, and the pool has {pool.nodes}",
        f"reserve {pool.nodes}, or set the pool to {found.total} nodes",
    )
    return violations.found


def _check_free(plan: Plan, ask: Questions, about: About, found: Reservation, pool: PoolPlan) -> Finding:
    """Whether what others run in it leaves enough."""
    covers = f"{found.state}, {found.total} x {found.instance_type} in {found.zone}"
    if found.state == "scheduled":
        starts = found.starts.isoformat() if found.starts else "a time that is not said"
        return about.ok(f"{covers}, from {starts}: keep the pool at 0 nodes until then")
    try:
        nodes = ask.own_nodes(plan.cluster) if plan.cluster else ()
    except NoAnswer as error:
        return about.not_judged(f"{covers}; what of it this platform uses is not known ({error})")
    own = sum(node.reservation == found.id for node in nodes)
    free = found.available + own
    if free >= pool.nodes:
        return about.ok(f"{covers}, {free} for this pool" + (f", until {found.ends.isoformat()}" if found.ends else ""))
    message = (
        f"of its {found.total} machines {found.total - free} are used by others, and the pool has {pool.nodes} nodes"
    )
    if not plan.cluster:
        return about.not_judged(f"{message}; whether they are this platform's own is not known without its cluster")
    return about.failed(message, f"set the pool to {free} nodes, or end what runs in {found.id} beside it")
