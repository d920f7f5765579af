"""No secret is in user data."""

import base64
import binascii

from policies import secrets
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import LAUNCH_TEMPLATE


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    data = props.get("userData")
    if data is UNKNOWN:
        yield Undecided("userData")
        return
    try:
        plain = base64.b64decode(text(data), validate=True).decode(errors="replace")
    except binascii.Error:
        plain = text(data)
    form = secrets.form_of(plain) or ", ".join(secrets.in_command(plain.splitlines()))
    if form:
        yield Violation("userData", f"holding {form}", "user data holds no secret")


RULE = ResourceRule(
    id="eks-node-no-secret-user-data",
    title="No secret is in user data.",
    why="User data is read by every process of the node and by everyone who may describe the template.",
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("IA-5(7)",),
        Framework.PCI_DSS: ("8.6.2",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.17",),
    },
    remedy="fetch it by the node's role",
    kinds=(LAUNCH_TEMPLATE,),
    check=_check,
)
