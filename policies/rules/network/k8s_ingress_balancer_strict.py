"""A load balancer before a service speaks modern TLS and passes on no broken headers."""

import re

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, any_unknown, at, mapping, text
from policies.rule import MISSING, Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_INGRESS

BALANCER = "alb.ingress.kubernetes.io"
# Elastic Load Balancing user guide, "Security policies": those without TLS 1.0 and 1.1.
MODERN = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-.+")
ATTRIBUTES = "load-balancer-attributes"
DROPS = "routing.http.drop_invalid_header_fields.enabled=true"
MONITORS = "routing.http.desync_mitigation_mode=monitor"


def _check(resource: PolicyResource, config: Config) -> Findings:
    kind, annotations = at(resource.props, "spec.ingressClassName"), at(resource.props, "metadata.annotations")
    if any_unknown([kind, annotations]):
        yield Undecided("spec.ingressClassName" if kind is UNKNOWN else "metadata.annotations")
        return
    if kind != "alb":
        return
    policy, attributes = (mapping(annotations).get(f"{BALANCER}/{key}") for key in ("ssl-policy", ATTRIBUTES))
    if any_unknown([policy, attributes]):
        yield Undecided("metadata.annotations")
        return
    if MODERN.fullmatch(text(policy)) is None:
        # Without one it is of 2016, with TLS 1.0.
        yield Violation(
            f"metadata.annotations.{BALANCER}/ssl-policy", text(policy) or MISSING, "it is TLS 1.2 or newer"
        )
    given = [one.strip() for one in text(attributes).split(",")]
    if DROPS not in given:
        yield Violation(
            f"metadata.annotations.{BALANCER}/{ATTRIBUTES}", f"without {DROPS}", "broken headers are dropped"
        )
    if MONITORS in given:
        yield Violation(f"metadata.annotations.{BALANCER}/{ATTRIBUTES}", MONITORS, "smuggled requests are refused")


RULE = ResourceRule(
    id="k8s-ingress-balancer-strict",
    title="A load balancer speaks TLS 1.2 or newer and drops broken headers.",
    why=(
        "By default it speaks TLS 1.0, and a header that it and a gateway read differently smuggles a request past the "
        "check of keys."
    ),
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-8(1)", "SC-13", "SC-7"),
        Framework.PCI_DSS: ("4.2.1",),
        Framework.SOC_2: ("CC6.7",),
        Framework.ISO_27001: ("A.8.24",),
    },
    remedy=f"set the annotations ssl-policy and load-balancer-attributes ({DROPS})",
    kinds=(K8S_INGRESS,),
    check=_check,
)
