"""A template with EFA has one interface a network card, and IP on the first."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, any_unknown, mapping, sequence, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LAUNCH_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    interfaces = props.get("networkInterfaces")
    if interfaces is UNKNOWN:
        yield Undecided("networkInterfaces")
        return
    listed = [mapping(one) for one in sequence(interfaces)]
    if not any(text(one.get("interfaceType")).startswith("efa") for one in listed):
        return
    cards = [one.get("networkCardIndex") or 0 for one in listed]
    if any_unknown(cards):
        yield Undecided("networkInterfaces.networkCardIndex")
        return
    if sorted(map(str, cards)) != sorted(map(str, range(len(cards)))):
        yield Violation(
            "networkInterfaces.networkCardIndex",
            f"of {len(set(cards))} cards in {len(cards)} interfaces",
            "each card has one interface, from 0 on",
        )
    first = [one.get("interfaceType") for one in listed if (one.get("networkCardIndex") or 0) == 0]
    if "efa-only" in first:
        yield Violation("networkInterfaces[0].interfaceType", "efa-only", "card 0 carries IP beside EFA")


RULE = ResourceRule(
    id="efa-pool-every-card",
    title="A template with EFA has one interface a network card, and IP on the first.",
    why="One missing card halves the bandwidth of an all-reduce and nothing fails: the job is just slow.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-6",),
        Framework.ISO_42001: ("A.4.5",),
    },
    remedy="let components.gpu_pool.GpuPool make the template",
    kinds=(LAUNCH_TEMPLATE,),
    check=_check,
)
