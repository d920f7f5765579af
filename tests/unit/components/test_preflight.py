"""Preflight: what AWS would refuse at apply is said before, and what AWS does not say is not guessed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from components.preflight.checks import NAMES, preflight
from components.preflight.findings import Finding, State, failed, overridden, raise_if_failed
from components.preflight.plan import Market, Plan, PoolPlan
from components.preflight.questions import (
    Caller,
    NoAnswer,
    OwnNode,
    Quota,
    Release,
    Reservation,
    TypeFacts,
    Vpc,
    Why,
    Zone,
)
from components.violations import SpecError

ZONES = ("us-east-1a", "us-east-1b")
P_QUOTA = "L-417A185B"
BLOCK = "cr-0123456789abcdef0"


def pool(market: Market = "on-demand", reservation: str = "", nodes: int = 4) -> PoolPlan:
    return PoolPlan(
        name="gpu",
        instance_type="p5.48xlarge",
        vcpus=192,
        nodes=nodes,
        zones=("us-east-1a",),
        market=market,
        reservation=reservation,
        efa=32,
    )


PLAN = Plan(
    region="us-east-1",
    zones=ZONES,
    pools=(pool(),),
    cidrs=("10.64.0.0/16",),
    version="1.34",
    addons=("vpc-cni",),
    endpoints=("ecr.api",),
)
RESERVATION = Reservation(
    id=BLOCK,
    instance_type="p5.48xlarge",
    zone="us-east-1a",
    platform="Linux/UNIX",
    tenancy="default",
    state="active",
    block=True,
    total=4,
    available=4,
    starts=datetime(2026, 1, 1, tzinfo=UTC),
    ends=datetime(2026, 2, 1, tzinfo=UTC),
)

FACTS = TypeFacts(markets=frozenset({"on-demand", "spot", "capacity-block"}), most_efa=32)
RELEASES = (Release(version="1.34", support="STANDARD_SUPPORT", ends=None),)
KNOWN_ZONES = tuple(Zone(name=name, id=f"use1-az{at}", kind="availability-zone") for at, name in enumerate(ZONES, 1))


@dataclass
class Account:
    """An account that can carry the plan; a test changes what it is about. `silent`: method -> why it does not answer."""

    zone_list: Sequence[Zone] = KNOWN_ZONES
    offers: frozenset[str] = frozenset(ZONES)
    facts: TypeFacts | None = FACTS
    limit: float | None = 1920
    running: float | None = 0
    nodes: Sequence[OwnNode] = ()
    reserved: Reservation | None = RESERVATION
    networks: Sequence[Vpc] = ()
    versions: Sequence[Release] = RELEASES
    silent: Mapping[str, Why] = field(default_factory=dict[str, Why])

    def _heard(self, name: str) -> None:
        if name in self.silent:
            raise NoAnswer(self.silent[name], name, "no")

    def caller(self) -> Caller:
        self._heard("caller")
        return Caller(account="1", arn="arn:aws:iam::1:user/one")

    def zones(self) -> Sequence[Zone]:
        self._heard("zones")
        return self.zone_list

    def offered(self, instance_type: str) -> frozenset[str]:
        self._heard("offered")
        return self.offers

    def type_facts(self, instance_type: str) -> TypeFacts | None:
        self._heard("type_facts")
        return self.facts

    def quota(self, code: str) -> Quota | None:
        self._heard("quota")
        return None if self.limit is None else Quota(code=code, name="Running P", vcpus=self.limit, metric=None)

    def quota_named(self, words: Sequence[str]) -> Quota | None:
        return self.quota("by " + " ".join(words))

    def used(self, quota: Quota) -> float | None:
        self._heard("used")
        return self.running

    def own_nodes(self, cluster: str) -> Sequence[OwnNode]:
        self._heard("own_nodes")
        return self.nodes

    def reservation(self, name: str) -> Reservation | None:
        self._heard("reservation")
        return self.reserved

    def vpcs(self) -> Sequence[Vpc]:
        self._heard("vpcs")
        return self.networks

    def releases(self) -> Sequence[Release]:
        self._heard("releases")
        return self.versions

    def addon_versions(self, addon: str, version: str) -> Sequence[str]:
        self._heard("addon_versions")
        return ["v1"] if addon == "vpc-cni" else []

    def endpoint_zones(self, services: Sequence[str]) -> Mapping[str, frozenset[str]]:
        self._heard("endpoint_zones")
        return {service: frozenset(ZONES) for service in services if service != "iam"}


def asked(plan: Plan, account: Account, name: str) -> Finding:
    return next(one for one in preflight(plan, account) if one.name == name)


def gpu(plan_pool: PoolPlan) -> Plan:
    return replace(PLAN, pools=(plan_pool,))


def test_a_plan_that_the_account_can_carry_passes_every_check() -> None:
    findings = preflight(PLAN, Account())
    assert {one.state for one in findings} == {State.OK}
    assert {one.check for one in findings} == set(NAMES) - {"reservation"}


def test_a_type_that_the_zone_does_not_offer_names_the_zones_that_do() -> None:
    """C8: the first zone is not taken blindly."""
    found = asked(PLAN, Account(offers=frozenset({"us-east-1b", "us-east-1c"})), "offered:gpu")
    assert (found.state, found.value) == (State.FAILED, "p5.48xlarge")
    assert found.message == "us-east-1a does not offer the type"
    assert found.remedy == "place the pool in one of us-east-1b, us-east-1c"
    assert "another region" in asked(PLAN, Account(offers=frozenset()), "offered:gpu").remedy


@pytest.mark.parametrize(
    ("facts", "changed", "message"),
    [
        (None, pool(), "knows no such instance type"),
        (TypeFacts(markets=frozenset({"on-demand"}), most_efa=32), pool("capacity-block", BLOCK), "sold as on-demand"),
        (TypeFacts(markets=frozenset({"on-demand"}), most_efa=1), pool(), "32 EFA interfaces, and the type has 1"),
        (TypeFacts(markets=frozenset({"on-demand"}), most_efa=32), replace(pool(), zones=ZONES), "are in one zone"),
    ],
)
def test_a_type_that_cannot_be_had_as_planned(facts: TypeFacts | None, changed: PoolPlan, message: str) -> None:
    found = asked(gpu(changed), Account(facts=facts), "type:gpu")
    assert found.state is State.FAILED
    assert message in found.message
    assert found.remedy


CHANGED: list[tuple[Callable[[Reservation], Reservation], str, str]] = [
    (lambda one: replace(one, block=False), "it is an On-Demand Capacity Reservation", "capacity to reservation"),
    (lambda one: replace(one, instance_type="p5e.48xlarge"), "it is of p5e.48xlarge", "type to p5e.48xlarge"),
    (lambda one: replace(one, zone="us-east-1b"), "it is in us-east-1b", "in us-east-1b alone"),
    (lambda one: replace(one, state="expired"), "it is expired", "another reservation"),
    (lambda one: replace(one, platform="Windows"), "it is for Windows", "reserve for Linux/UNIX"),
    (lambda one: replace(one, tenancy="dedicated"), "its tenancy is dedicated", "default tenancy"),
    (lambda one: replace(one, total=3), "it holds 3 machines, and the pool has 4", "set the pool to 3 nodes"),
]


@pytest.mark.parametrize(("change", "message", "remedy"), CHANGED)
def test_a_reservation_that_gives_the_pool_no_node(
    change: Callable[[Reservation], Reservation], message: str, remedy: str
) -> None:
    """Rules 19 and 20: EKS validates none of it, and the group waits for nodes that never come."""
    account = Account(reserved=change(RESERVATION))
    found = asked(gpu(pool("capacity-block", BLOCK)), account, "reservation:gpu")
    assert (found.state, found.value) == (State.FAILED, BLOCK)
    assert message in found.message
    assert remedy in found.remedy


def test_a_reservation_that_is_not_there() -> None:
    found = asked(gpu(pool("reservation", BLOCK)), Account(reserved=None), "reservation:gpu")
    assert found.state is State.FAILED
    assert "describe-capacity-reservations" in found.remedy
    assert asked(gpu(pool("reservation")), Account(), "reservation:gpu").state is State.NOT_JUDGED


def test_a_block_that_has_not_begun_holds_its_machines() -> None:
    account = Account(reserved=replace(RESERVATION, state="scheduled", available=0))
    found = asked(gpu(pool("capacity-block", BLOCK)), account, "reservation:gpu")
    assert found.state is State.OK
    assert "keep the pool at 0 nodes until then" in found.message


def test_what_others_use_of_a_reservation_is_not_free() -> None:
    account = Account(reserved=replace(RESERVATION, available=1))
    plan = gpu(pool("capacity-block", BLOCK))
    assert asked(plan, account, "reservation:gpu").state is State.NOT_JUDGED
    found = asked(replace(plan, cluster="own"), account, "reservation:gpu")
    assert found.state is State.FAILED
    assert "set the pool to 1 nodes" in found.remedy
    own = OwnNode(instance_type="p5.48xlarge", vcpus=192, market="capacity-block", reservation=BLOCK)
    assert asked(replace(plan, cluster="own"), replace(account, nodes=[own] * 3), "reservation:gpu").state is State.OK


def test_addresses_that_are_routed_between_are_used_once() -> None:
    taken = Vpc(id="vpc-1", cidrs=("10.64.128.0/20",), connected="pcx-1")
    found = asked(PLAN, Account(networks=[taken]), "cidr")
    assert (found.state, found.value) == (State.FAILED, "10.64.0.0/16")
    assert "10.64.128.0/20 of vpc-1 (pcx-1)" in found.message
    assert "choose another block" in found.remedy
    # Its own VPC, and one that nothing connects, are no reason to refuse.
    assert asked(replace(PLAN, vpc="vpc-1"), Account(networks=[taken]), "cidr").state is State.OK
    alone = replace(taken, connected="")
    found = asked(PLAN, Account(networks=[alone]), "cidr")
    assert found.state is State.OK
    assert "can never be peered" in found.message
    assert asked(replace(PLAN, peers=("vpc-1",)), Account(networks=[alone]), "cidr").state is State.FAILED
    assert "no VPC vpc-2" in asked(replace(PLAN, peers=("vpc-2",)), Account(), "cidr").message


def test_zones_that_eks_cannot_be_in() -> None:
    zones = [
        Zone(name="us-east-1a", id="use1-az3", kind="availability-zone"),
        Zone(name="us-east-1b", id="use1-bos1-az1", kind="local-zone"),
        Zone(name="us-east-1c", id="use1-az1", kind="availability-zone"),
    ]
    found = asked(replace(PLAN, zones=(*ZONES, "us-east-1z")), Account(zone_list=zones), "zones")
    assert found.state is State.FAILED
    for part in ("us-east-1a is use1-az3", "us-east-1b is a local-zone", "no zone us-east-1z"):
        assert part in found.message
    assert found.remedy == "choose of us-east-1c"


def test_a_version_that_eks_does_not_offer_or_support() -> None:
    versions = [
        Release(version="1.34", support="STANDARD_SUPPORT", ends=datetime(2026, 12, 2, tzinfo=UTC)),
        Release(version="1.30", support="EXTENDED_SUPPORT", ends=None),
        Release(version="1.9", support="UNSUPPORTED", ends=None),
    ]
    account = Account(versions=versions)
    assert "until 2026-12-02" in asked(PLAN, account, "version").message
    for version, message in (("1.30", "standard support has ended"), ("1.9", "no such"), ("1.99", "no such")):
        found = asked(replace(PLAN, version=version), account, "version")
        assert (found.state, found.value, found.remedy) == (State.FAILED, version, "choose of 1.34")
        assert message in found.message


def test_an_addon_and_an_endpoint_that_the_region_does_not_have() -> None:
    plan = replace(PLAN, addons=("aws-fsx-csi-driver",), endpoints=("ecr.api", "iam"))
    addon, endpoints = asked(plan, Account(), "addon:aws-fsx-csi-driver"), asked(plan, Account(), "endpoints")
    assert (addon.state, endpoints.state) == (State.FAILED, State.FAILED)
    assert "or its Helm chart" in addon.remedy
    assert "no interface endpoint of iam" in endpoints.message
    assert "NAT gateway" in endpoints.remedy
    lacking = asked(replace(PLAN, zones=(*ZONES, "us-east-1c")), Account(), "endpoints")
    assert "ecr.api not in us-east-1c" in lacking.message


@pytest.mark.parametrize("why", [Why.DENIED, Why.NOT_SERVED, Why.THROTTLED, Why.REFUSED])
def test_what_aws_does_not_say_is_not_judged(why: Why) -> None:
    names = (
        "zones",
        "offered",
        "type_facts",
        "quota",
        "reservation",
        "vpcs",
        "releases",
        "addon_versions",
        "endpoint_zones",
    )
    findings = preflight(gpu(pool("reservation", BLOCK)), Account(silent=dict.fromkeys(names, why)))
    assert {one.state for one in findings if one.check != "account"} == {State.NOT_JUDGED}
    assert all(why.value in one.message for one in findings if one.check != "account")
    assert not failed(findings)


@pytest.mark.parametrize("why", [Why.CREDENTIALS, Why.UNREACHABLE])
def test_expired_credentials_and_an_unreachable_aws_are_one_finding(why: Why) -> None:
    (found,) = preflight(PLAN, Account(silent={"caller": why}))
    assert found.state is State.FAILED
    assert why.value in found.message
    assert found.remedy


def test_a_check_can_be_overridden_and_its_reason_stays() -> None:
    """GoogleCloudPlatform/cluster-toolkit#4492: a check that was too strict had to be reverted."""
    findings = preflight(PLAN, Account(limit=0, offers=frozenset()))
    with pytest.raises(SpecError) as caught:
        raise_if_failed(findings)
    assert [one.path for one in caught.value.violations] == ["offered:gpu", f"quota:{P_QUOTA}"]
    assert all(one.rule and one.remedy and str(one.value) for one in caught.value.violations)
    kept = overridden(findings, {"offered": "", f"quota:{P_QUOTA}": "raised by phone"}, NAMES)
    raise_if_failed(kept)
    output = {one.name: one.message for one in kept if one.state is State.SKIPPED}
    assert output["offered:gpu"].startswith("skipped: us-east-1a does not offer")
    assert output[f"quota:{P_QUOTA}"].startswith(f"skipped (raised by phone): the quota {P_QUOTA}")
    # What did not fail needs no override, and may have one.
    assert overridden(findings, {"zones": ""}, NAMES) == findings


def test_an_override_of_no_check_is_refused() -> None:
    with pytest.raises(SpecError, match="skip = 'qouta': a check that is skipped exists; one of account"):
        overridden(preflight(PLAN, Account()), {"qouta": ""}, NAMES)
