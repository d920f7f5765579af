"""An Ingress names the hosts that it answers for."""

from policies.expect import absent, each, expect
from policies.frameworks import Framework
from policies.resource import PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity
from policies.types import K8S_INGRESS


def _named(value: object) -> bool:
    return text(value) != "" and not text(value).startswith("*")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    for path, rule in each(props, "spec.rules"):
        yield from expect(rule, "host", _named, "a rule names one host", root=path)
    yield from expect(props, "spec.defaultBackend", absent, "what is asked for by another name has no answer")


RULE = ResourceRule(
    id="k8s-ingress-host-named",
    title="An Ingress names the hosts that it answers for.",
    why="Without a host it answers every name that leads to it, also one that another chose to steal its cookies or keys.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-7", "CM-7"),
        Framework.SOC_2: ("CC6.6",),
        Framework.ISO_27001: ("A.8.20",),
    },
    remedy="set host in each rule, without a wildcard, and leave defaultBackend out",
    kinds=(K8S_INGRESS,),
    check=_check,
)
