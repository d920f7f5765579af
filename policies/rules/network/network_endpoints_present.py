"""Images come by private endpoints."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, names
from policies.types import NETWORK

SERVICES = names("services", ("ecr.api", "ecr.dkr"), "Services that the network has endpoints of.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    given = props.get("endpoints")
    if given is UNKNOWN:
        yield Undecided("endpoints")
        return
    missing = [one for one in SERVICES.of(config) if one not in sequence(given)]
    if missing:
        yield Violation(
            "endpoints", f"without {', '.join(missing)}", "services of every pod's start are reached privately"
        )


RULE = ResourceRule(
    id="network-endpoints-present",
    title="Images come by private endpoints.",
    why="Every node pulls tens of GiB: by a NAT gateway that is a price per byte and a single way out.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "AC-4"),
        Framework.PCI_DSS: ("1.4.2",),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.22",),
    },
    remedy="add them to the network's endpoints",
    settings=(SERVICES,),
    advisory_because="endpoints have a price by the hour: small sites do without",
    kinds=(NETWORK,),
    check=_check,
)
