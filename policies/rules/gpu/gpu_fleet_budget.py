"""A pool grows to no more GPUs than were reviewed."""

from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, number
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, count
from policies.types import GPU_POOL, KARPENTER_POOL

GPUS = count("gpus", 512, "Most GPUs to which one pool may grow.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    nodes, gpus = props.get("maxNodes"), props.get("gpusPerNode")
    if nodes is UNKNOWN or gpus is UNKNOWN:
        yield Undecided("maxNodes" if nodes is UNKNOWN else "gpusPerNode")
    elif (whole := number(nodes) * number(gpus)) > GPUS.of(config):
        yield Violation(
            "maxNodes",
            f"{number(nodes):g} of {number(gpus):g} GPUs, {whole:g}",
            f"a pool has {GPUS.of(config)} GPUs or fewer",
        )


RULE = ResourceRule(
    id="gpu-fleet-budget",
    title="A pool grows to no more GPUs than were reviewed.",
    why="One digit too many in a count of nodes is a month's budget a day.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5(2)", "PM-5"),
        Framework.SOC_2: ("CC9.1",),
        Framework.OWASP_LLM: ("LLM10",),
        Framework.NIST_AI_RMF: ("GOVERN 1.6",),
    },
    remedy="lower the count of nodes, or raise the ceiling by configuration",
    settings=(GPUS,),
    kinds=(
        GPU_POOL,
        KARPENTER_POOL,
    ),
    check=_check,
)
