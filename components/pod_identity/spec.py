"""The rules of a pod's identity, and the trust policies that it takes."""

import json
import re
from dataclasses import dataclass
from typing import Self

from components.partition import partition_of
from components.pod_identity.args import PermissionsArgs, PodIdentityArgs
from components.violations import Violations

# EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity": one name in every partition.
SERVICE = "pods.eks.amazonaws.com"
ACTIONS = ("sts:AssumeRole", "sts:TagSession")
# Kubernetes, "Object Names and IDs": a namespace is an RFC 1123 label, a service account an RFC 1123 subdomain.
LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
SUBDOMAIN = r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
# IAM API, PutRolePolicy: `[\w+=,.@-]{1,128}`. A managed policy's name has its path before it.
POLICY_NAME = r"[\w+=,.@-]{1,128}"
MANAGED_NAME = rf"([\w.-]+/)*{POLICY_NAME}"
# IAM user guide, "IAM and AWS STS quotas": managed policies attached to a role, where no more were asked for.
MOST_MANAGED = 10
TARGET_POLICY = "assume-target"
"""Name of the inline policy by which the role goes on to a target role."""
ROLE_ARN = r"arn:{partition}:iam::\d{{12}}:role/[\w+=,.@/-]+"


@dataclass(frozen=True, kw_only=True, slots=True)
class Permissions:
    """What a role of pods may do, by the names of its policies."""

    managed: tuple[str, ...]
    inline: tuple[str, ...]

    @classmethod
    def parse(cls, args: PermissionsArgs, violations: Violations) -> Self:
        """Notes every name that IAM refuses."""
        managed, inline = tuple(args.get("managed_policies", ())), args.get("inline_policies", {})
        for index, name in enumerate(managed):
            violations.unless(
                re.fullmatch(MANAGED_NAME, name) is not None,
                f"managed_policies[{index}]",
                name,
                "a policy that AWS keeps is given by its name and path, which its partition is added to",
                "e.g. service-role/AmazonEBSCSIDriverPolicy",
            )
        violations.unless(
            len(set(managed)) == len(managed),
            "managed_policies",
            ",".join(managed),
            "each policy is attached once",
            "remove what is named twice",
        )
        violations.unless(
            len(managed) <= MOST_MANAGED,
            "managed_policies",
            len(managed),
            f"a role has {MOST_MANAGED} managed policies at most",
            "write what is needed of them as one of inline_policies",
        )
        for name, document in inline.items():
            violations.unless(
                re.fullmatch(POLICY_NAME, name) is not None,
                f"inline_policies[{name}]",
                name,
                "the name of an inline policy is letters, digits and any of + = , . @ _ -, 128 at most",
                "e.g. objects-read",
            )
            _check_document(violations, f"inline_policies[{name}]", document)
        return cls(managed=managed, inline=tuple(inline))


@dataclass(frozen=True, kw_only=True, slots=True)
class PodIdentitySpec:
    """Whose pods take which role."""

    namespace: str
    service_account: str
    permissions: Permissions
    session_tags: bool
    """Whether EKS tags the pods' sessions: not where a session policy takes the room of the tags."""

    @classmethod
    def parse(cls, args: PodIdentityArgs) -> Self:
        """Raises SpecError with every violation."""
        violations = Violations("PodIdentity")
        namespace, account = args["namespace"], args["service_account"]
        check_account(violations, namespace, account)
        permissions = Permissions.parse(args, violations)
        target = args.get("target_role_arn")
        violations.unless(
            bool(permissions.managed or permissions.inline or target is not None),
            "inline_policies",
            "",
            "an identity that may do nothing is of no use to a pod",
            "give managed_policies, inline_policies or target_role_arn",
        )
        violations.unless(
            TARGET_POLICY not in permissions.inline,
            "inline_policies",
            TARGET_POLICY,
            "this name is that of the policy which target_role_arn makes",
            "choose another name",
        )
        if isinstance(target, str):
            partition = partition_of(args["region"])
            violations.unless(
                re.fullmatch(ROLE_ARN.format(partition=partition), target) is not None,
                "target_role_arn",
                target,
                "the target is a role of the cluster's partition, by its ARN",
                f"e.g. arn:{partition}:iam::111122223333:role/vault-writer",
            )
        session = args.get("session_policy")
        if session is not None:
            _check_document(violations, "session_policy", session)
        violations.raise_if_any()
        return cls(namespace=namespace, service_account=account, permissions=permissions, session_tags=session is None)


def check_account(violations: Violations, namespace: str, account: str) -> None:
    """Notes a namespace or a service account that Kubernetes has none of."""
    violations.unless(
        re.fullmatch(LABEL, namespace) is not None,
        "namespace",
        namespace,
        "a namespace is 1 to 63 lower-case letters, digits and dashes",
        "e.g. factory",
    )
    violations.unless(
        re.fullmatch(SUBDOMAIN, account) is not None,
        "service_account",
        account,
        "a service account is 1 to 253 lower-case letters, digits, dashes and dots",
        "e.g. stages",
    )


def pod_trust(cluster_name: str, namespace: str, account: str, session_tags: bool) -> str:
    """The trust policy of a role of pods: Pod Identity alone, and for the pods of one service account of one cluster.

    Without the condition any association of the account could take the role. The tags are those that EKS gives each
    session (EKS user guide, "Enable or disable session tags"); where there are none, nothing can be asked of them.
    """
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": list(ACTIONS),
    }
    if session_tags:
        statement["Condition"] = {"StringEquals": _tags(cluster_name, namespace, account)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def target_permission(target_role_arn: str) -> str:
    """What a role of pods has to be allowed so that EKS goes on from it to a target role."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": list(ACTIONS), "Resource": target_role_arn}],
        }
    )


def target_trust(account_id: str, region: str, cluster_name: str, namespace: str, service_account: str) -> str:
    """The trust policy of a target role in another account, from names alone.

    The account of the cluster is trusted as a whole, and of it only sessions with the tags of one service account,
    which EKS sets when it goes on to the target role (EKS user guide, "Access AWS resources using EKS Pod Identity
    target IAM roles"). To name the role of pods itself would need its ARN first, and IAM refuses a principal that is
    not there yet: neither account could begin.
    """
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{partition_of(region)}:iam::{account_id}:root"},
                    "Action": list(ACTIONS),
                    "Condition": {"StringEquals": _tags(cluster_name, namespace, service_account)},
                }
            ],
        }
    )


def _tags(cluster_name: str, namespace: str, account: str) -> dict[str, str]:
    return {
        "aws:RequestTag/eks-cluster-name": cluster_name,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": account,
    }


def _check_document(violations: Violations, path: str, document: object) -> None:
    # What is not a string yet is known only when its parts are.
    if not isinstance(document, str):
        return
    try:
        good = isinstance(json.loads(document), dict)
    except ValueError:
        good = False
    violations.unless(
        good,
        path,
        document,
        "an IAM policy is a JSON object",
        'e.g. {"Version": "2012-10-17", "Statement": [...]}',
    )
