"""What is lost for good where a resource is deleted or replaced, by its type."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from cli.review.steps import Operation, Step
from cli.review.values import is_unknown_at


class Kind(Enum):
    """What a resource holds that its successor has not."""

    DATA = "data"
    """Objects, files, volumes, and the keys that open them."""
    IDENTITY = "identity"
    """Rights that others rely on."""
    NETWORK = "network"
    """Addresses that others know."""
    COMPUTE = "compute"
    """Made again without loss; what runs there ends."""


class Fate(Enum):
    """What becomes of it."""

    LOST = "lost"
    KEPT = "kept by the cloud, forgotten by the state"
    FORGOTTEN = "not ours: only forgotten"
    REFUSED = "protected: the engine refuses"


# The first prefix or word that a type has decides; types of data come first.
_DATA = (
    *("aws:s3/bucket:", "aws:s3/bucketV2:", "aws:kms/key:", "aws:fsx/", "aws:efs/fileSystem:", "aws:ebs/volume:"),
    *("aws:backup/vault:", "aws:ecr/repository:", "aws:rds/", "aws:dynamodb/", "aws:cloudwatch/logGroup:"),
    *("aifactory:object_store:Bucket", "aifactory:object_store:Object", "aws:s3/bucketObject"),
    *("kubernetes:core/v1:PersistentVolume", "kubernetes:apps/v1:StatefulSet", "kubernetes:core/v1:Namespace"),
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
)
_IDENTITY = (
    *("aws:iam/", "aws:eks/accessEntry", "aws:eks/accessPolicy", "aws:eks/podIdentity", "kubernetes:rbac."),
    *("kubernetes:core/v1:ServiceAccount", "kubernetes:core/v1:Secret", "aifactory:object_store:Account"),
)
_NETWORK = (
    *("aws:ec2/vpc:", "aws:ec2/subnet:", "aws:ec2/eip:", "aws:ec2/natGateway:", "aws:ec2/securityGroup:", "aws:lb/"),
    *("aws:ec2/vpcEndpoint:", "aws:eks/cluster:", "aws:route53/", "kubernetes:core/v1:Service:"),
    *("kubernetes:networking.", "kubernetes:core/v1:Service"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """One resource that is deleted or replaced."""

    step: Step
    kind: Kind
    fate: Fate
    maybe: bool
    """Whether nothing but a value that only the update knows forces it: the preview overestimates those."""

    @property
    def is_stateful(self) -> bool:
        """Whether something goes that making it again does not bring back."""
        return self.kind is not Kind.COMPUTE and self.fate is Fate.LOST


def kind_of(type_: str) -> Kind:
    """By a type token."""
    for kind, prefixes in ((Kind.DATA, _DATA), (Kind.IDENTITY, _IDENTITY), (Kind.NETWORK, _NETWORK)):
        if type_.startswith(prefixes):
            return kind
    return Kind.COMPUTE


def losses(steps: Iterable[Step]) -> list[Loss]:
    """Of deletes and replacements, the gravest first. A component is nothing by itself."""
    order = list(Kind)
    found = [
        Loss(step=step, kind=kind_of(step.type), fate=_fate(step), maybe=_only_unknown(step))
        for step in steps
        if step.custom
        and step.operation in (Operation.DELETE, Operation.REPLACE)
        and not step.type.startswith("pulumi:providers:")
    ]
    return sorted(found, key=lambda one: (one.fate is not Fate.LOST, one.maybe, order.index(one.kind), one.step.urn))


def _fate(step: Step) -> Fate:
    if step.external:
        return Fate.FORGOTTEN
    if step.protected:
        return Fate.REFUSED
    return Fate.KEPT if step.retained else Fate.LOST


def _only_unknown(step: Step) -> bool:
    return (
        step.operation is Operation.REPLACE
        and bool(step.causes)
        and all(is_unknown_at(step.after, path) for path in step.causes)
    )
