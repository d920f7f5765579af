"""A pod of a JobSet that fails ends the attempt."""

from policies.expect import expect, one_of
from policies.frameworks import Framework
from policies.jobs import job_sets
from policies.pods import KINDS, unknown_places
from policies.resource import PolicyResource, at, mapping, sequence
from policies.rule import Config, Findings, ResourceRule, Severity


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for path, spec in job_sets(resource):
        for index, job in enumerate(map(mapping, sequence(spec.get("replicatedJobs")))):
            root = f"{path}.replicatedJobs[{index}].template.spec"
            inner = at(job, "template.spec")
            yield from expect(inner, "backoffLimit", one_of(0), "a JobSet restarts all pods together", root=root)
            yield from expect(
                inner, "template.spec.restartPolicy", one_of("Never"), "a pod does not restart alone", root=root
            )


RULE = ResourceRule(
    id="train-jobset-fails-whole",
    title="A pod of a JobSet that fails ends the attempt.",
    why="A pod that restarts alone joins no collective: the others wait for it until the timeout of NCCL.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SI-13", "CP-10"),
        Framework.EU_AI_ACT: ("15(4)",),
    },
    remedy="set backoffLimit: 0 and restartPolicy: Never",
    kinds=KINDS,
    check=_check,
)
