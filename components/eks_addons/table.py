"""The add-ons of EKS that a factory uses: which role each takes, when it can run, what it has to be told.

Names, roles and service accounts: EKS user guide, "Amazon EKS add-ons available from AWS"; an account's own answers
are those of `aws eks describe-addon-versions` and `describe-addon-configuration`.

Taints. The DaemonSets of vpc-cni, kube-proxy, eks-pod-identity-agent, eks-node-monitoring-agent and of all four CSI
drivers tolerate every taint by default (`tolerations: [{operator: Exists}]` or `tolerateAllTaints: true` in their
charts), so they run on GPU nodes as they are. DCGM's, which eks-node-monitoring-agent brings, tolerates none: without
its toleration no GPU of a tainted node is watched, and nothing says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from components.gpu_pool.spec import TAINT

NAMESPACE = "kube-system"
"""Where every one of these add-ons runs."""
S3_DRIVER = "aws-mountpoint-s3-csi-driver"
FSX_DRIVER = "aws-fsx-csi-driver"
# fsx-csi: a file system that the driver made has this tag (pkg/cloud/cloud.go, VolumeNameTagKey).
FSX_MADE_BY_DRIVER = "CSIVolumeName"

Configuration = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class AddonFacts:
    """One add-on, as EKS knows it."""

    before_nodes: bool = False
    """Whether nodes need it to become ready; else it needs nodes, and is DEGRADED until its pods run."""
    service_account: str = ""
    """The service account of its pods that ask AWS; "" where they never do."""
    managed_policy: str = ""
    """The policy that AWS keeps for it; "" where its role has one of its own or none."""
    configure: Callable[[str], Configuration] = lambda _: {}
    """The region -> what the add-on has to be told (configurationValues)."""


ADDONS: Mapping[str, AddonFacts] = {
    "vpc-cni": AddonFacts(before_nodes=True, service_account="aws-node", managed_policy="AmazonEKS_CNI_Policy"),
    "kube-proxy": AddonFacts(before_nodes=True),
    "eks-pod-identity-agent": AddonFacts(before_nodes=True),
    "coredns": AddonFacts(),
    "eks-node-monitoring-agent": AddonFacts(
        # awslabs/eks-node-monitoring-agent, charts/configuration.schema.json and values.yaml.
        configure=lambda _: {
            "dcgmAgent": {"tolerations": [{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}]}
        }
    ),
    "aws-ebs-csi-driver": AddonFacts(
        service_account="ebs-csi-controller-sa", managed_policy="service-role/AmazonEBSCSIDriverPolicy"
    ),
    "aws-efs-csi-driver": AddonFacts(
        service_account="efs-csi-controller-sa", managed_policy="service-role/AmazonEFSCSIDriverPolicy"
    ),
    FSX_DRIVER: AddonFacts(
        service_account="fsx-csi-controller-sa",
        # docs/install.md of the driver: without it the controller asks the node's metadata, which pods do not reach.
        # The controllers of EBS and EFS ask the API of Kubernetes instead.
        configure=lambda region: {"controller": {"region": region}},
    ),
    # Its volumes name their region in their mount options, for the same reason (docs/CONFIGURATION.md of the driver).
    S3_DRIVER: AddonFacts(service_account="s3-csi-driver-sa"),
    "snapshot-controller": AddonFacts(),
    "metrics-server": AddonFacts(),
}
BEFORE_NODES = tuple(name for name, facts in ADDONS.items() if facts.before_nodes)
"""What nodes need to become ready: network, services, and the credentials of the network's own pods."""
ON_NODES = tuple(name for name, facts in ADDONS.items() if not facts.before_nodes and name != S3_DRIVER)
"""What runs on the system pool; with buckets to mount, `aws-mountpoint-s3-csi-driver` beside."""


def fsx_policy() -> dict[str, object]:
    """What the FSx driver may do: AmazonFSxFullAccess would let it delete every file system, the checkpoints' among
    them.

    It may make file systems, and change and delete those that it made itself (docs/install.md of the driver has the
    actions).
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["fsx:CreateFileSystem", "fsx:DescribeFileSystems", "fsx:TagResource", "s3:ListBucket"],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": ["fsx:UpdateFileSystem", "fsx:DeleteFileSystem"],
                "Resource": "*",
                "Condition": {"Null": {f"aws:ResourceTag/{FSX_MADE_BY_DRIVER}": "false"}},
            },
            {
                "Effect": "Allow",
                "Action": "iam:CreateServiceLinkedRole",
                "Resource": "*",
                "Condition": {"StringLike": {"iam:AWSServiceName": "fsx.amazonaws.com"}},
            },
        ],
    }


def bucket_policy(arn: str) -> dict[str, object]:
    """What the S3 driver needs of a bucket (Mountpoint for Amazon S3, "IAM permissions")."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
                "Resource": f"{arn}/*",
            },
        ],
    }


def bucket_key_policy(arn: str) -> dict[str, object]:
    """What the S3 driver needs of the key of a bucket's objects (Mountpoint for Amazon S3, "Data encryption")."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": arn}],
    }
