"""Cases of the pack identity."""

from policies.types import (
    ACCESS_KEY,
    ATTACHMENT,
    K8S_CLUSTER_BINDING,
    K8S_CLUSTER_ROLE,
    K8S_ROLE,
    K8S_ROLE_BINDING,
    POLICY,
    ROLE,
    ROLE_POLICY,
    USER,
)
from tests.policies.case import DELETED, Case, policy_of

CASES: tuple[Case, ...] = (
    Case(
        rule="iam-policy-bounded",
        kind=ROLE_POLICY,
        good={"policy": policy_of({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]})},
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Action": "*", "Resource": "*"})),
            ("policy", policy_of({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})),
            ("policy", policy_of({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
        ),
        unknown=("policy",),
    ),
    Case(
        rule="iam-no-escalation",
        kind=POLICY,
        good={"policy": policy_of({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]})},
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"})),
            ("policy", policy_of({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})),
        ),
        unknown=("policy",),
    ),
    Case(
        rule="iam-no-assume-everything",
        kind=POLICY,
        good={"policy": policy_of({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]})},
        bad=(("policy", policy_of({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})),),
        unknown=("policy",),
    ),
    Case(
        rule="iam-no-protection-removal",
        kind=ROLE_POLICY,
        good={"policy": policy_of({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]})},
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:kms:x"})),
            (
                "policy",
                policy_of({"Effect": "Allow", "Action": ["s3:DeleteObjectVersion"], "Resource": "arn:aws:s3:::b/*"}),
            ),
        ),
        unknown=("policy",),
    ),
    Case(
        rule="iam-role-trust-named",
        kind=ROLE,
        good={
            "assumeRolePolicy": policy_of(
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            )
        },
        bad=(
            ("assumeRolePolicy", policy_of({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})),
            (
                "assumeRolePolicy",
                policy_of({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}),
            ),
        ),
        unknown=("assumeRolePolicy",),
    ),
    Case(
        rule="iam-role-trust-exact",
        kind=ROLE,
        good={
            "assumeRolePolicy": policy_of(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {"token.actions.githubusercontent.com:sub": "repo:org/repo:ref:refs/heads/main"}
                    },
                }
            )
        },
        bad=(
            (
                "assumeRolePolicy",
                policy_of(
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Condition": {
                            "StringLike": {
                                "token.actions.githubusercontent.com:sub": "repo:org/repo:ref:refs/heads/main"
                            }
                        },
                    }
                ),
            ),
            (
                "assumeRolePolicy",
                policy_of(
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Condition": {
                            "StringEquals": {"token.actions.githubusercontent.com:sub": "repo:org/repo:pull_request"}
                        },
                    }
                ),
            ),
        ),
        unknown=("assumeRolePolicy",),
    ),
    Case(
        rule="iam-role-pod-identity-bounded",
        kind=ROLE,
        good={
            "assumeRolePolicy": policy_of(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "pods.eks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": "factory"}},
                }
            )
        },
        bad=(
            (
                "assumeRolePolicy",
                policy_of(
                    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ),
            ),
        ),
        unknown=("assumeRolePolicy",),
    ),
    Case(
        rule="iam-no-admin-policy",
        kind=ATTACHMENT,
        good={"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
        bad=(
            ("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
            ("policyArn", "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
        ),
        unknown=("policyArn",),
    ),
    Case(
        rule="iam-no-admin-policy",
        kind=ROLE,
        good={"managedPolicyArns": ["arn:x"]},
        bad=(("managedPolicyArns.0", "arn:aws:iam::aws:policy/IAMFullAccess"),),
        unknown=("managedPolicyArns",),
    ),
    Case(rule="iam-no-access-key", kind=ACCESS_KEY, good={}, bad=(("user", "bob"),), unknown=("user",)),
    Case(
        rule="iam-no-user",
        kind=USER,
        good={"name": "break-glass-1"},
        bad=(
            ("name", "bob"),
            ("name", DELETED),
        ),
        unknown=("name",),
    ),
    Case(
        rule="iam-role-session-short",
        kind=ROLE,
        good={"maxSessionDuration": 3600},
        bad=(("maxSessionDuration", 43200),),
        unknown=("maxSessionDuration",),
    ),
    Case(
        rule="k8s-role-no-wildcard",
        kind=K8S_ROLE,
        good={
            "metadata": {"name": "r"},
            "rules": [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "create"]}],
        },
        bad=(
            ("rules.0.verbs", ["*"]),
            ("rules.0.resources", ["*"]),
            ("rules.0.apiGroups", ["*"]),
        ),
        unknown=(
            "rules",
            "rules.0.verbs",
        ),
    ),
    Case(
        rule="k8s-role-no-escalation",
        kind=K8S_CLUSTER_ROLE,
        good={
            "metadata": {"name": "r"},
            "rules": [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "create"]}],
        },
        bad=(
            ("rules.0.verbs", ["impersonate"]),
            ("rules.0", {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}),
        ),
        unknown=("rules",),
    ),
    Case(
        rule="k8s-role-no-secrets",
        kind=K8S_ROLE,
        good={
            "metadata": {"name": "r"},
            "rules": [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "create"]}],
        },
        bad=(
            ("rules.0", {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}),
            ("rules.0", {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}),
        ),
        unknown=("rules",),
    ),
    Case(
        rule="k8s-role-no-pods-beyond",
        kind=K8S_CLUSTER_ROLE,
        good={"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
        bad=(("rules.0.verbs", ["create"]),),
        unknown=("rules",),
    ),
    Case(
        rule="k8s-binding-no-admin",
        kind=K8S_CLUSTER_BINDING,
        good={
            "roleRef": {"kind": "Role", "name": "run"},
            "subjects": [{"kind": "ServiceAccount", "name": "run", "namespace": "factory"}],
        },
        bad=(
            ("roleRef.name", "cluster-admin"),
            ("subjects", [{"kind": "Group", "name": "system:authenticated"}]),
        ),
        unknown=(
            "roleRef",
            "subjects",
        ),
    ),
    Case(
        rule="k8s-binding-no-default-account",
        kind=K8S_ROLE_BINDING,
        good={
            "roleRef": {"kind": "Role", "name": "run"},
            "subjects": [{"kind": "ServiceAccount", "name": "run", "namespace": "factory"}],
        },
        bad=(("subjects.0.name", "default"),),
        unknown=("subjects",),
    ),
    Case(
        rule="iam-policy-decrypt-named",
        kind=ROLE_POLICY,
        good={
            "policy": policy_of(
                {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:us-east-1:1:key/a"]},
                {
                    "Effect": "Allow",
                    "Action": ["kms:Decrypt"],
                    "Resource": "*",
                    "Condition": {"StringLike": {"kms:ViaService": "s3.us-east-1.*"}},
                },
            )
        },
        bad=(
            ("policy", policy_of({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"})),
            ("policy", policy_of({"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:kms:us-east-1:1:key/*"})),
            ("policy", policy_of({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
        ),
        unknown=("policy",),
    ),
)
