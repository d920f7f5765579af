"""Rules, which are functions, as policies of Pulumi's kind."""

from collections.abc import Callable, Iterator, Mapping

from pulumi_policy import Policy, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.resource import PolicyResource, known, mapping
from policies.rules.storage import public_bucket, vault_lock
from policies.rules.workload import gpu_limits, hidden_pods, image_digest, plain_secret

Rule = Callable[[PolicyResource], Iterator[str]]
RULES: Mapping[str, tuple[str, Rule]] = {
    "storage-vault-lock": ("A vault bucket is locked, in compliance mode, and protected.", vault_lock.violations),
    "storage-no-public-bucket": ("No bucket is open to the public.", public_bucket.violations),
    "workload-image-digest": ("A container's image is named by its digest.", image_digest.violations),
    "workload-gpu-limits": ("A GPU workload has limits and runs on a declared pool.", gpu_limits.violations),
    "workload-no-plain-secret": (
        "No secret lies in plain text in a pod's environment, command or arguments.",
        plain_secret.violations,
    ),
    "workload-no-hidden-pods": ("Every pod can be judged before it runs.", hidden_pods.violations),
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
        props = mapping(known(args.props))
        resource = PolicyResource(kind=args.resource_type, urn=args.urn, props=props, protected=args.opts.protect)
        for violation in rule(resource):
            report(violation, None)

    return validate
