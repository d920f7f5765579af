"""A job of several pods starts as a whole or not at all."""

from policies.frameworks import Framework
from policies.jobs import job_set_objects
from policies.pods import KINDS, unknown_places
from policies.resource import UNKNOWN, PolicyResource, Values, at, mapping, number, sequence
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for path, manifest in job_set_objects(resource):
        labels = at(manifest, "metadata.labels")
        key = f"{path}.metadata.labels".lstrip(".")
        if labels is UNKNOWN:
            yield Undecided(key)
        elif "kueue.x-k8s.io/queue-name" not in mapping(labels) and _several(mapping(manifest.get("spec"))):
            yield Violation(key, "without a queue", "all pods of a job are admitted together")


def _several(spec: Values) -> bool:
    jobs = [mapping(one) for one in sequence(spec.get("replicatedJobs"))]
    return len(jobs) > 1 or any(number(at(one, "template.spec.parallelism")) > 1 for one in jobs)


RULE = ResourceRule(
    id="train-jobset-gang",
    title="A job of several pods starts as a whole or not at all.",
    why="Half of a job that waits for the other half holds its GPUs, and two such jobs wait for each other.",
    severity=Severity.MEDIUM,
    frameworks={
        Framework.NIST_800_53: ("SC-5", "SC-6"),
        Framework.SOC_2: ("A1.1",),
    },
    remedy="name a queue of Kueue by the label kueue.x-k8s.io/queue-name",
    advisory_because="the lifecycle runs one job at a time, and no queue is installed",
    kinds=KINDS,
    check=_check,
)
