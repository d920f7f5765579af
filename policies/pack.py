"""Rules, which are functions, as policies of Pulumi's kind."""

from collections.abc import Callable, Iterator, Mapping

from pulumi_policy import Policy, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.judged import Judged
from policies.rules.storage import public_bucket, vault_lock
from policies.rules.workload import gpu_limits, image_digest, plain_secret

Rule = Callable[[Judged], Iterator[str]]
RULES: Mapping[str, tuple[str, Rule]] = {
    "storage-vault-lock": ("A vault bucket is locked, in compliance mode, and protected.", vault_lock.faults),
    "storage-no-public-bucket": ("No bucket is open to the public.", public_bucket.faults),
    "workload-image-digest": ("A container's image is named by its digest.", image_digest.faults),
    "workload-gpu-limits": ("A GPU workload has limits and runs on a declared pool.", gpu_limits.faults),
    "workload-no-plain-secret": ("No secret lies in plain text in a pod's environment.", plain_secret.faults),
}
"""Name -> (what is promised, the rule)."""


def policies() -> list[Policy]:
    """Every rule."""
    return [
        ResourceValidationPolicy(name=name, description=description, validate=_validation(rule))
        for name, (description, rule) in RULES.items()
    ]


def _validation(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        judged = Judged(kind=args.resource_type, urn=args.urn, props=args.props, protected=args.opts.protect)
        for fault in rule(judged):
            report(fault, None)

    return validate
