"""Which differences weaken protection, and why: a table by type and property."""

import re
from dataclasses import dataclass

from cli.drift.access import opened_policy
from cli.drift.judges import (
    Judge,
    added,
    additions,
    always,
    expiry,
    fewer,
    gone,
    lower_rank,
    more,
    off,
    on,
    other_than,
    removals,
    retention,
    widened,
)

# Kubernetes, "Pod Security Standards"; where nothing is said, nothing is enforced.
POD_SECURITY = ("privileged", "baseline", "restricted")
# From what is reached from everywhere to what is reached from within alone.
SERVICE_TYPES = ("LoadBalancer", "NodePort", "ClusterIP")
WORKLOAD = r"kubernetes:(apps|batch|core)/v1:(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Pod)"
BINDING = r"kubernetes:rbac\.authorization\.k8s\.io/v1:(Cluster)?RoleBinding"
CONTAINER = r".*[cC]ontainers\[\d+\]"


@dataclass(frozen=True, slots=True)
class Row:
    """What one property of some types protects."""

    types: re.Pattern[str]
    path: re.Pattern[str]
    """The property is judged as a whole; "" is the resource itself."""
    judge: Judge


def _row(types: str, path: str, judge: Judge) -> Row:
    return Row(re.compile(types), re.compile(path), judge)


def own_policy(declared: object, found: object) -> str:
    """An account's: the provider reads none where the account is disabled, or has a policy that is not its own."""
    return "the account has other rights than its own, or is disabled" if not found else opened_policy(declared, found)


OWN = "aifactory:object_store:Bucket"
STORES = (
    _row(OWN, "", gone("the bucket and what it kept are gone")),
    _row(OWN, "objectLock", off("its objects are under no lock")),
    _row(OWN, "versioning", off("an object that is overwritten or deleted is lost")),
    _row(OWN, "defaultRetentionDays", fewer("objects can be deleted before their declared retention ends")),
    _row(OWN, "policy", opened_policy),
    _row(OWN, "lifecycle", added("objects are deleted by their age, or moved away")),
    _row(OWN, "encryption", gone("objects lie in clear")),
    _row("aifactory:object_store:Account", "policy", own_policy),
)
BUCKETS = (
    _row(r"aws:s3/.*:Bucket(V2)?", "", gone("the bucket and what it kept are gone")),
    _row(r"aws:s3/.*:BucketVersioning(V2)?", "", gone("an object that is overwritten or deleted is lost")),
    _row(
        r"aws:s3/.*:BucketVersioning(V2)?",
        r"versioningConfiguration\.status",
        off("an object that is overwritten or deleted is lost"),
    ),
    _row(
        r"aws:s3/.*:BucketObjectLockConfiguration(V2)?",
        "",
        gone("an object put without a date of its own can be deleted at once"),
    ),
    _row(r"aws:s3/.*:BucketObjectLockConfiguration(V2)?", "rule", retention),
    _row(r"aws:s3/.*:BucketPolicy", "", gone("what its policy denies is no longer denied")),
    _row(r"aws:s3/.*:BucketPolicy", "policy", opened_policy),
    _row(r"aws:s3/.*:BucketPublicAccessBlock", "", gone("public access to the bucket is not blocked")),
    _row(r"aws:s3/.*:BucketPublicAccessBlock", r"\w+", off("public access to the bucket is not blocked")),
    _row(r"aws:s3/.*:BucketLifecycleConfiguration(V2)?", "rules", expiry),
    _row(
        r"aws:s3/.*:BucketServerSideEncryptionConfiguration(V2)?",
        "|rules",
        always("objects are no longer encrypted by the declared key"),
    ),
    _row(r"aws:s3/.*:BucketOwnershipControls", "", gone("access lists of objects can admit others")),
    _row(
        r"aws:s3/.*:BucketOwnershipControls",
        r"rule\.objectOwnership",
        other_than("BucketOwnerEnforced", "access lists of objects can admit others"),
    ),
    _row(r"aws:s3/.*:BucketReplicationConfig", "", gone("new objects are copied nowhere")),
    _row(
        r"aws:s3/.*:BucketReplicationConfig", "rules", additions("objects are copied to a place that nobody declared")
    ),
    _row(r"aws:s3/.*:BucketReplicationConfig", "rules", removals("new objects are not copied where it is declared")),
)
KEYS = (
    _row("aws:kms/key:Key", "", gone("what it encrypted cannot be read, and is lost when the key is deleted")),
    _row(
        "aws:kms/key:Key", "keyState", other_than("Enabled", "what it encrypted cannot be read while it is not enabled")
    ),
    _row("aws:kms/key:Key", "isEnabled", off("what it encrypted cannot be read while it is not enabled")),
    _row("aws:kms/key:Key", "enableKeyRotation", off("its material is never renewed")),
    _row("aws:kms/(key:Key|keyPolicy:KeyPolicy)", "policy", opened_policy),
)
NETWORKS = (
    _row(r"aws:ec2/(default)?[sS]ecurityGroup:(Default)?SecurityGroup", "ingress", widened),
    _row(r"aws:(ec2|vpc)/.*:SecurityGroupIngressRule", r"cidrIpv[46]", widened),
    _row(r"aws:ec2/securityGroupRule:SecurityGroupRule", r"cidrBlocks|ipv6CidrBlocks", widened),
    _row(r"aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", on("its machines have public addresses")),
    _row(r"aws:ec2/flowLog:FlowLog", "", gone("who spoke to whom is no longer recorded")),
)
EKS = (
    _row("aws:eks/cluster:Cluster", r"vpcConfig\.endpointPublicAccess", on("its API is reached from the internet")),
    _row("aws:eks/cluster:Cluster", r"vpcConfig\.publicAccessCidrs", widened),
    _row("aws:eks/cluster:Cluster", "deletionProtection", off("it can be deleted in one call")),
    _row("aws:eks/cluster:Cluster", "enabledClusterLogTypes", removals("calls of its API are no longer recorded")),
    _row("aws:eks/cluster:Cluster", "encryptionConfig", gone("its secrets lie without a key of your own")),
)
ROLES = (
    _row("aws:iam/role:Role", "assumeRolePolicy", opened_policy),
    _row("aws:iam/role:Role", "managedPolicyArns|inlinePolicies", additions("the role may do more than is declared")),
    _row("aws:iam/(rolePolicy:RolePolicy|policy:Policy)", "policy", opened_policy),
)
CLUSTER = (
    _row(
        "kubernetes:core/v1:Namespace",
        r'metadata\.labels\["pod-security\.kubernetes\.io/enforce"\]',
        lower_rank(POD_SECURITY, "pods may run with more rights than the namespace allows by declaration"),
    ),
    _row("kubernetes:core/v1:Namespace", "", gone("all that was in it is gone")),
    _row("kubernetes:core/v1:ResourceQuota", "", gone("the namespace may take the whole cluster")),
    _row(
        "kubernetes:core/v1:ResourceQuota", r"spec\.hard[.\[].+", more("the namespace may take more than is declared")
    ),
    _row("kubernetes:core/v1:LimitRange", "", gone("a pod may take all that its namespace may")),
    _row(
        "kubernetes:core/v1:Secret",
        r"(data|stringData)\b.*",
        always("what pods sign or log in with is not what was deployed"),
    ),
    _row("kubernetes:core/v1:PersistentVolumeClaim", "", gone("its data is gone where its class deletes volumes")),
    _row(
        "kubernetes:core/v1:Service",
        r"spec\.type",
        lower_rank(SERVICE_TYPES, "it is reached from outside of the cluster"),
    ),
    _row("kubernetes:core/v1:Service", r"spec\.(externalIPs|loadBalancerSourceRanges)", widened),
    _row(WORKLOAD, rf"{CONTAINER}\.image", always("an image runs that was not deployed")),
    _row(WORKLOAD, rf"{CONTAINER}\.(command|args)", always("a program runs that was not deployed")),
    _row(
        WORKLOAD,
        r".*\.(privileged|allowPrivilegeEscalation|hostNetwork|hostPID|hostIPC)",
        on("it may leave its container"),
    ),
    _row(WORKLOAD, r".*\.(runAsNonRoot|readOnlyRootFilesystem)", off("it may do more in its container")),
    _row(WORKLOAD, r".*\.serviceAccountName", always("it has the rights of another account")),
    _row(r"kubernetes:networking\.k8s\.io/v1:NetworkPolicy", "", gone("traffic that it refused is let through")),
    _row(
        r"kubernetes:networking\.k8s\.io/v1:NetworkPolicy",
        "",
        added("traffic that no declared policy allows is let through"),
    ),
    _row(r"kubernetes:networking\.k8s\.io/v1:NetworkPolicy", r"spec\.(ingress|egress)", widened),
    _row(r"kubernetes:networking\.k8s\.io/v1:NetworkPolicy", r"spec\.podSelector", always("it is about other pods")),
    _row(
        r"kubernetes:networking\.k8s\.io/v1:NetworkPolicy",
        r"spec\.policyTypes",
        removals("traffic that it refused is let through"),
    ),
    _row(BINDING, "", added("somebody has rights that nobody declared")),
    _row(BINDING, "subjects", additions("somebody has rights that nobody declared")),
    _row(
        r"kubernetes:rbac\.authorization\.k8s\.io/v1:(Cluster)?Role",
        "rules",
        additions("whoever has the role may do more than is declared"),
    ),
    _row(
        r"kubernetes:core/v1:ServiceAccount",
        r'metadata\.annotations\["eks\.amazonaws\.com/role-arn"\]',
        always("its pods have the rights of another role at AWS"),
    ),
    _row(
        r"kubernetes:admissionregistration\.k8s\.io/v1:Validating\w+",
        "",
        gone("what it refuses is let into the cluster"),
    ),
    _row(
        r"kubernetes:admissionregistration\.k8s\.io/v1:Validating\w+",
        r".*failurePolicy",
        other_than("Fail", "what it refuses is let in while it does not answer"),
    ),
)
TABLE = (*STORES, *BUCKETS, *KEYS, *NETWORKS, *EKS, *ROLES, *CLUSTER)


def is_judged(kind: str, path: str) -> bool:
    """Whether the table judges a property as a whole."""
    return any(row.types.fullmatch(kind) and row.path.fullmatch(path) for row in TABLE)


def weakened(kind: str, path: str, declared: object, found: object) -> str:
    """What is less protected by a difference; "" where nothing is."""
    rows = (row for row in TABLE if row.types.fullmatch(kind) and row.path.fullmatch(path))
    return next((reason for row in rows if (reason := row.judge(declared, found))), "")
