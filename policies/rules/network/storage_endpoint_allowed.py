"""A store is at a host that is allowed."""

from urllib.parse import urlsplit

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, names
from policies.types import OWN_BUCKET, VAULT

HOSTS = names("hosts", (), "Hosts of stores that are allowed; every host where it is empty.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    hosts = HOSTS.of(config)
    endpoint = props.get("endpoint")
    if endpoint is UNKNOWN and hosts:
        yield Undecided("endpoint")
    elif hosts and endpoint and urlsplit(text(endpoint)).hostname not in hosts:
        yield Violation("endpoint", "another host", f"a store is at {', '.join(hosts)}")


RULE = ResourceRule(
    id="storage-endpoint-allowed",
    title="A store is at a host that is allowed.",
    why="One endpoint mistyped, and the copies of a year are at a stranger's.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SA-9(5)", "SC-8(1)"),
        Framework.PCI_DSS: ("4.2.1",),
        Framework.SOC_2: ("CC6.7",),
        Framework.ISO_27001: ("A.5.23", "A.8.24"),
    },
    remedy="correct the endpoint, or the list by configuration",
    settings=(HOSTS,),
    kinds=(
        VAULT,
        OWN_BUCKET,
    ),
    check=_check,
)
