"""Changes of who reaches what: rules of security groups, roles and policies, bindings, network policies, endpoints."""

from collections.abc import Iterable
from dataclasses import dataclass

from cli.review.steps import Operation, Step
from cli.review.values import described, shown_at

_TYPES = (
    *("aws:ec2/securityGroup", "aws:vpc/securityGroup", "aws:iam/", "aws:eks/accessEntry", "aws:eks/accessPolicy"),
    *("aws:eks/podIdentity", "aws:s3/bucketPolicy:", "aws:s3/bucketPublicAccessBlock:", "aws:kms/keyPolicy:"),
    *("aws:ecr/repositoryPolicy:", "aws:backup/vaultPolicy:", "kubernetes:rbac.", "kubernetes:networking."),
    *("kubernetes:core/v1:Service", "aifactory:object_store:Account"),
)
# What says of a new rule whom it lets in.
_TELLING = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "fromPort", "toPort", "ipProtocol", "protocol", "spec.type")
# Of resources of other types, what is access all the same.
_PROPERTIES = ("endpointPublicAccess", "publicAccessCidrs", "ingress", "egress", "assumeRolePolicy", "policy")


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessChange:
    """One resource by which somebody gains or loses a way."""

    step: Step
    details: tuple[str, ...]


def access_changes(steps: Iterable[Step]) -> tuple[AccessChange, ...]:
    """In the order of the preview."""
    found: list[AccessChange] = []
    for step in steps:
        if not step.custom:
            continue
        about = [path for path in step.properties if any(word in path for word in _PROPERTIES)]
        if step.type.startswith(_TYPES):
            found.append(AccessChange(step=step, details=_details(step)))
        elif about and step.operation in (Operation.UPDATE, Operation.REPLACE):
            found.append(AccessChange(step=step, details=tuple(described(step, path) for path in about)))
    return tuple(found)


def _details(step: Step) -> tuple[str, ...]:
    if step.operation in (Operation.UPDATE, Operation.REPLACE):
        return tuple(described(step, path) for path in step.properties)
    inputs = step.before if step.operation is Operation.DELETE else step.after
    shown = ((path, shown_at(inputs, path)) for path in _TELLING)
    return tuple(f"{path}: {value}" for path, value in shown if value)
