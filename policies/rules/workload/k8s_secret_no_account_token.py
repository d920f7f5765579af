"""No token of an account lies in a Secret."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_SECRET

TOKEN = "kubernetes.io/service-account-token"


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from expect(
        resource.props, "type", lambda value: value != TOKEN, "tokens of accounts are asked for, and end by themselves"
    )


RULE = ResourceRule(
    id="k8s-secret-no-account-token",
    title="No token of an account lies in a Secret.",
    why="Such a token never ends, is bound to no pod, and is read by whoever reads Secrets.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("IA-5(7)", "AC-6"),
        Framework.PCI_DSS: ("8.6.2",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.17",),
    },
    remedy="use projected tokens, or `kubectl create token`",
    kinds=(K8S_SECRET,),
    check=_check,
)
