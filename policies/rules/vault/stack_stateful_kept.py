"""What holds state is protected."""

from policies.frameworks import Framework
from policies.resource import PolicyResource
from policies.rule import Config, Findings, ResourceRule, Severity, Violation
from policies.types import AWS_BUCKETS, BACKUP_VAULT, ECR, EFS, EKS_CLUSTER, KMS_KEY, LUSTRE


def _check(resource: PolicyResource, config: Config) -> Findings:
    if not resource.protected:
        yield Violation("protected", "false", f"{resource.kind.rpartition(':')[2]} holds state and is protected")


RULE = ResourceRule(
    id="stack-stateful-kept",
    title="What holds state is protected.",
    why=(
        "A renamed resource is a deletion and a creation: without protect, a preview that nobody read "
        "takes the data along."
    ),
    severity=Severity.CRITICAL,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "CM-5"),
        Framework.SOC_2: ("A1.2",),
        Framework.ISO_27001: ("A.8.13",),
    },
    remedy="declare it with protect=True",
    advisory_because="keys, clusters and object stores of the components are not protected yet",
    kinds=(
        KMS_KEY,
        *AWS_BUCKETS,
        LUSTRE,
        EFS,
        EKS_CLUSTER,
        ECR,
        BACKUP_VAULT,
    ),
    check=_check,
)
