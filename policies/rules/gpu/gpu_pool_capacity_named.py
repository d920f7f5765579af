"""A scarce instance type names where its capacity comes from."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, names
from policies.types import GPU_POOL, KARPENTER_POOL

FAMILIES = names("families", ("p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300"), "Families that are scarce.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    family = text(props.get("instanceType")).partition(".")[0]
    if props.get("instanceType") is UNKNOWN:
        yield Undecided("instanceType")
    elif family in FAMILIES.of(config):
        wanted = one_of("reservation", "block")
        yield from expect(props, "capacity", wanted, f"{family} is bought ahead, as a block or a reservation")


RULE = ResourceRule(
    id="gpu-pool-capacity-named",
    title="A scarce instance type names where its capacity comes from.",
    why="Large P types are sold out on demand: the node group ends as CREATE_FAILED and takes no update.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SC-5(2)", "SC-6"),
        Framework.SOC_2: ("A1.1",),
        Framework.ISO_27001: ("A.8.6",),
        Framework.ISO_42001: ("A.4.5",),
    },
    remedy="set capacity to a block or a reservation, or take the family off the list by configuration",
    settings=(FAMILIES,),
    advisory_because="the lab's example declares a p5 on demand, of simulated nodes",
    kinds=(
        GPU_POOL,
        KARPENTER_POOL,
    ),
    check=_check,
)
