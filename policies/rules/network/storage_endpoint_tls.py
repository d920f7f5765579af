"""A store beyond the machine is reached by https."""

import re

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import OWN_BUCKET, VAULT

LOCAL = re.compile(r"http://(127\.|localhost|\[::1\])")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    endpoint = props.get("endpoint")
    if endpoint is UNKNOWN:
        yield Undecided("endpoint")
    elif text(endpoint).startswith("http://") and not LOCAL.match(text(endpoint)):
        yield Violation("endpoint", "http", "a store is reached by https")


RULE = ResourceRule(
    id="storage-endpoint-tls",
    title="A store beyond the machine is reached by https.",
    why="Credentials and data cross the network in the clear.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("SA-9(5)", "SC-8(1)"),
        Framework.PCI_DSS: ("4.2.1",),
        Framework.SOC_2: ("CC6.7",),
        Framework.ISO_27001: ("A.5.23", "A.8.24"),
    },
    remedy="use https",
    advisory_because="stores on one machine and on a closed link speak http",
    kinds=(
        VAULT,
        OWN_BUCKET,
    ),
    check=_check,
)
