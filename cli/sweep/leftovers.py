"""What a destroy left at AWS, what each thing is, and what keeps it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from cli.sweep.questions import Cluster, Interface, Questions, Tagged
from components.preflight.questions import NoAnswer, Why
from stacks.names import ENVIRONMENT_TAG
from stacks.recovery.tags import Owner

Answer = TypeVar("Answer")
# AWS Load Balancer Controller, docs/deploy/configurations.md and "Subnet auto-discovery": the tags of what it makes.
BALANCER_CLUSTER = "elbv2.k8s.aws/cluster"
BALANCER_OWNERS = ("ingress.k8s.aws/stack", "service.k8s.aws/stack", "kubernetes.io/service-name")
# Of the cluster's own group, of Karpenter's and managed nodes, of load balancers and of the EBS driver's volumes; what only uses
# the cluster's subnets says `shared`.
CLUSTER, OWNED = "kubernetes.io/cluster/{name}", "owned"
# Interfaces of the VPC CNI (amazon-vpc-cni-k8s, pkg/awsutils).
CNI_CLUSTER = "cluster.k8s.amazonaws.com/name"
# Karpenter, "NodeClasses", tags of instances and launch templates.
KARPENTER_CLUSTER, NODE_POOL = "karpenter.k8s.aws/cluster", "karpenter.sh/nodepool"
NODE_GROUP = "eks:nodegroup-name"
# aws-ebs-csi-driver, docs/tagging.md; the FSx driver has the same. The cluster is named where the driver was told it.
CSI_VOLUME, CSI_SNAPSHOT = "CSIVolumeName", "CSIVolumeSnapshotName"
CSI_CLAIM = ("kubernetes.io/created-for/pvc/namespace", "kubernetes.io/created-for/pvc/name")
# EKS writes to the first; the agent of Container Insights to the second. Both make a group again that is gone too early.
LOG_GROUPS = ("/aws/eks/{name}/", "/aws/containerinsights/{name}/")
# What is protected and retained, by the component that it is part of: "" is all of it.
KEPT: Mapping[str, tuple[str, ...]] = {
    "aifactory:vault:VaultBucket": ("",),
    "aifactory:object_store:ObjectStore": ("aws:s3/bucket:Bucket", "aws:kms/key:Key"),
    # Its logs are a dependency of the filesystem, and stay with it.
    "aifactory:filesystem:Filesystem": (
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "aws:kms/key:Key",
        "aws:cloudwatch/logGroup:LogGroup",
    ),
    "aifactory:elastic_filesystem:ElasticFilesystem": (
        "aws:efs/fileSystem:FileSystem",
        "aws:efs/accessPoint:AccessPoint",
        "aws:kms/key:Key",
    ),
}
PLACES = ("ec2:vpc", "ec2:subnet", "ec2:security-group")
FSX = "fsx:file-system"
# It comes and goes with its VPC.
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
UNEXPLAINED = "nothing that was asked about: run the destroy again, and delete it by hand where no state knows it"


class State(StrEnum):
    """What becomes of a resource that is there after a destroy."""

    LEFT = "left"
    KEPT = "kept on purpose"
    ENDING = "ending"
    """AWS lists it for a while, and removes it by itself."""
    UNCLEAR = "not judged"
    """It may be another cluster's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftover:
    """A resource that is there."""

    arn: str
    what: str
    """Its kind, and which resource of the program or which controller made it."""
    state: State
    keeps: str
    """What keeps it from being deleted, or why it stays."""

    def document(self) -> dict[str, str]:
        """As `--json` prints it."""
        return {"arn": self.arn, "what": self.what, "state": self.state.value, "keeps": self.keeps}


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found."""

    leftovers: tuple[Leftover, ...]
    unanswered: tuple[str, ...]
    """Questions that AWS did not answer: what they are about is proven by nobody."""

    @property
    def clean(self) -> bool:
        """Whether it is proven that nothing is left but what is kept on purpose."""
        return not self.unanswered and all(one.state is not State.LEFT for one in self.leftovers)


@dataclass(slots=True)
class _Asking:
    """Asks, and notes what had no answer."""

    unanswered: list[str] = field(default_factory=list[str])

    def of(self, question: Callable[[], Answer], otherwise: Answer) -> Answer:
        try:
            return question()
        except NoAnswer as error:
            # Every other question would end in the same way.
            if error.why in (Why.CREDENTIALS, Why.UNREACHABLE):
                raise
            self.unanswered.append(str(error))
            return otherwise


@dataclass(frozen=True, kw_only=True, slots=True)
class _Evidence:
    """What is known beside tags."""

    cluster: Cluster | None
    interfaces: Sequence[Interface]
    filesystems: Mapping[str, str]
    """Id of an interface -> the filesystem, kept on purpose, that it belongs to."""
    endings: Mapping[str, str]


def sweep(env: str, cluster: str, ask: Questions) -> Swept:
    """What is left of an environment and of its cluster in one region. Raises NoAnswer where nobody may ask, or nobody answers."""
    asking = _Asking()
    found = _found(env, cluster, ask, asking)
    standing = asking.of(lambda: ask.cluster(cluster), None) if cluster else None
    if standing:
        found.setdefault(standing.arn, Tagged(arn=standing.arn))
    places = [_id(arn) for arn in found if _kind(arn) in PLACES]
    interfaces: Sequence[Interface] = asking.of(lambda: ask.interfaces(places), ()) if places else ()
    for one in interfaces:
        found.setdefault(one.arn, Tagged(arn=one.arn))
    filesystems = [arn for arn, one in found.items() if _kind(arn) == FSX and _kept(one)]
    owned = {arn: asking.of(lambda arn=arn: ask.owned_interfaces(_id(arn)), frozenset[str]()) for arn in filesystems}
    evidence = _Evidence(
        cluster=standing,
        interfaces=interfaces,
        filesystems={interface: arn for arn, ids in owned.items() for interface in ids},
        endings=asking.of(lambda: ask.endings(list(found)), {}),
    )
    leftovers = [_judged(one, cluster, evidence, ask, asking) for one in found.values()]
    order = list(State)
    return Swept(
        tuple(sorted(leftovers, key=lambda one: (order.index(one.state), one.arn))),
        tuple(dict.fromkeys(asking.unanswered)),
    )


def _found(env: str, cluster: str, ask: Questions, asking: _Asking) -> dict[str, Tagged]:
    """By ARN: what the program made, and what its cluster's controllers did."""
    wanted = [(ENVIRONMENT_TAG, env)]
    if cluster:
        wanted += [
            (BALANCER_CLUSTER, cluster),
            (CLUSTER.format(name=cluster), OWNED),
            (CNI_CLUSTER, cluster),
            (KARPENTER_CLUSTER, cluster),
            (CSI_VOLUME, ""),
            (CSI_SNAPSHOT, ""),
        ]
    found: dict[str, Tagged] = {}
    for key, value in wanted:
        for one in asking.of(lambda key=key, value=value: ask.tagged(key, value), []):
            found.setdefault(one.arn, one)
    for one in asking.of(lambda: ask.roles(ENVIRONMENT_TAG, env), []):
        found.setdefault(one.arn, one)
    for prefix in LOG_GROUPS if cluster else ():
        for arn in asking.of(lambda prefix=prefix: ask.log_groups(prefix.format(name=cluster)), []):
            found.setdefault(arn, Tagged(arn=arn))
    return {arn: one for arn, one in found.items() if not (_default_group(one) or _of_another_cluster(one, cluster))}


def _default_group(one: Tagged) -> bool:
    owner = Owner.of(dict(one.tags))
    return owner is not None and owner.urn.split("::")[2].endswith(DEFAULT_GROUP)


def _of_driver(one: Tagged) -> bool:
    return (CSI_VOLUME in one.tags or CSI_SNAPSHOT in one.tags) and ENVIRONMENT_TAG not in one.tags


def _of_another_cluster(one: Tagged, cluster: str) -> bool:
    """Whether a driver's volume says the name of a cluster that is not this one."""
    prefix = CLUSTER.format(name="")
    named = {key.removeprefix(prefix) for key in one.tags if key.startswith(prefix)}
    return _of_driver(one) and bool(named) and cluster not in named


def _judged(one: Tagged, cluster: str, evidence: _Evidence, ask: Questions, asking: _Asking) -> Leftover:
    def as_(state: State, keeps: str) -> Leftover:
        return Leftover(arn=one.arn, what=_what(one), state=state, keeps=keeps)

    if one.arn in evidence.endings:
        return as_(State.ENDING, evidence.endings[one.arn])
    if reason := _kept(one) or _kept_by_filesystem(one, evidence):
        return as_(State.KEPT, reason)
    if _of_driver(one) and CLUSTER.format(name=cluster) not in one.tags:
        return as_(State.UNCLEAR, "its driver names no cluster: delete it where no PersistentVolume of another has it")
    reasons = [*_holders(one, evidence), asking.of(lambda: ask.held(one.arn), "")]
    return as_(State.LEFT, "; ".join(filter(None, reasons)) or _maker(one) or UNEXPLAINED)


def _kept(one: Tagged) -> str:
    """Why the program keeps it; "" where it does not."""
    owner = Owner.of(dict(one.tags))
    if owner is None:
        return ""
    kinds = owner.urn.split("::")[2].split("$")
    part = next((name for name in kinds if name in KEPT), "")
    if part and any(kinds[-1] == kind or not kind for kind in KEPT[part]):
        return f"{part.rpartition(':')[2]} is protected: what it holds exists nowhere else"
    return ""


def _kept_by_filesystem(one: Tagged, evidence: _Evidence) -> str:
    """A VPC cannot go before the filesystem in it, nor its subnet, its group and the filesystem's interfaces."""
    here = [each for each in evidence.interfaces if each.arn == one.arn or _id(one.arn) in each.places]
    kept = [evidence.filesystems[each.id] for each in here if each.id in evidence.filesystems]
    return f"{_id(kept[0])} is in it, and is kept" if kept and len(kept) == len(here) else ""


def _holders(one: Tagged, evidence: _Evidence) -> Iterable[str]:
    cluster = evidence.cluster
    if cluster and one.arn == cluster.arn:
        if cluster.protected:
            yield "its deletion protection is on: set aifactory:cluster.deletion_protection to false, and deploy"
        if cluster.node_groups:
            yield f"its node groups {', '.join(cluster.node_groups)}"
    for interface in evidence.interfaces:
        if interface.arn == one.arn:
            yield interface.user or "nothing uses it: whoever made it ended before it could delete it"
        elif _id(one.arn) in interface.places:
            yield f"{interface.id} ({interface.user})" if interface.user else interface.id


def _maker(one: Tagged) -> str:
    """What could delete it, and is gone."""
    tags = one.tags
    if NODE_POOL in tags or KARPENTER_CLUSTER in tags:
        return "Karpenter made it, and ended before it: delete its pools before the cluster"
    if BALANCER_CLUSTER in tags or any(key in tags for key in BALANCER_OWNERS):
        return "a controller made it, and ended before it: delete Ingresses and Services before the controller"
    if CSI_VOLUME in tags or CSI_SNAPSHOT in tags:
        return "a driver made it, and ended before it: delete claims before the driver"
    if any(f":log-group:{prefix.split('{', 1)[0]}" in one.arn for prefix in LOG_GROUPS) and not tags:
        return "it was made again for last lines that came after its end"
    return ""


def _what(one: Tagged) -> str:
    """Kind of the resource, and what it is called where that says more than its ARN."""
    tags, kind = one.tags, _kind(one.arn)
    owner = Owner.of(dict(tags))
    if owner:
        _, _, types, name = owner.urn.split("::", 3)
        return f"{kind}: {name} ({types.rpartition('$')[2]})"
    if NODE_POOL in tags:
        return f"{kind} of Karpenter's pool {tags[NODE_POOL]}"
    if NODE_GROUP in tags:
        return f"{kind} of the node group {tags[NODE_GROUP]}"
    if all(key in tags for key in CSI_CLAIM):
        return f"{kind} of the claim {'/'.join(tags[key] for key in CSI_CLAIM)}"
    made = next((tags[key] for key in BALANCER_OWNERS if key in tags), "")
    return f"{kind} of {made}" if made else kind


def _kind(arn: str) -> str:
    """`ec2:vpc` of `arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1`; a bucket's ARN names no kind."""
    service, _, _, rest = arn.split(":", 5)[2:6]
    if service == "s3":
        return "s3:bucket"
    return f"{service}:{re.split('[/:]', rest, maxsplit=1)[0]}"


def _id(arn: str) -> str:
    return re.split("[/:]", arn)[-1]
