"""Metadata of an instance is given by a token, within one hop."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.resource import PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity, count
from policies.types import LAUNCH_TEMPLATE

HOPS = count("hops", 1, "Most hops of an answer; 2 where a pod needs it.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    yield from expect(props, "metadataOptions.httpTokens", one_of("required"), "metadata asks for a token")
    hops = HOPS.of(config)
    yield from expect(
        props,
        "metadataOptions.httpPutResponseHopLimit",
        lambda value: 1 <= number(value) <= hops,
        f"an answer goes {hops} hop far",
    )


RULE = ResourceRule(
    id="eks-node-imdsv2",
    title="Metadata of an instance is given by a token, within one hop.",
    why=(
        "A request that a server is tricked into is enough for the node's credentials; two hops give them to every pod."
    ),
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-3", "AC-6"),
        Framework.PCI_DSS: ("2.2.6",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.8.20",),
    },
    remedy="set httpTokens required and a hop limit of 1",
    settings=(HOPS,),
    kinds=(LAUNCH_TEMPLATE,),
    check=_check,
)
