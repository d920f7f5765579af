"""A JobSet restarts a bounded number of times."""

from policies.expect import shown
from policies.frameworks import Framework
from policies.jobs import job_sets
from policies.pods import KINDS, unknown_places
from policies.resource import UNKNOWN, PolicyResource, at, number
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation, count

MOST = count("restarts", 10, "Most restarts of a JobSet.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for path, spec in job_sets(resource):
        restarts = at(spec, "failurePolicy.maxRestarts")
        if restarts is UNKNOWN:
            yield Undecided(f"{path}.failurePolicy.maxRestarts")
        elif restarts is None or not 1 <= number(restarts) <= MOST.of(config):
            yield Violation(
                f"{path}.failurePolicy.maxRestarts", shown(restarts), f"a JobSet restarts 1 to {MOST.of(config)} times"
            )


RULE = ResourceRule(
    id="train-jobset-restarts",
    title="A JobSet restarts a bounded number of times.",
    why="Without restarts a broken link ends a run of a week; without a bound a broken program restarts for ever.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("CP-10", "SC-5"),
        Framework.EU_AI_ACT: ("15(4)",),
        Framework.MITRE_ATLAS: ("AML.M0036",),
    },
    remedy="set failurePolicy.maxRestarts",
    settings=(MOST,),
    kinds=KINDS,
    check=_check,
)
