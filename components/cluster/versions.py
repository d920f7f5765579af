"""Versions of Kubernetes that this project stands behind, each with what goes with it.

A version is added here after the lab has run it (`toolchain`'s Kubernetes) or with what AWS published for it, never by
counting up. That a cluster never goes back to a lower version is EKS's rule for a cluster that is there: what only the
state knows no spec can refuse, and EKS answers it with InvalidParameterException before anything changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterVersion:
    """A minor version of Kubernetes on EKS."""

    ami_release: str
    """EKS's release of Amazon Linux 2023; the same for x86, Arm, with NVIDIA's driver and without."""
    addons: Mapping[str, str]
    """Add-on -> its version; what is not known here EKS chooses by its own default for the version of Kubernetes."""
    standard_support_until: date
    """EKS moves a cluster of the policy STANDARD to the next version after this day."""


# EKS's images: awslabs/amazon-eks-ami, CHANGELOG of v20260714, "Release version": driver 580.159.03, container toolkit
# 1.19.1, containerd 2.2.4, kernel 6.12 of both versions.
# Add-ons: the defaults that DescribeAddonVersions gave in ap-northeast-2 on 2026-09-04, as AWS's sample "llm-gateway"
# notes them. Those of the other add-ons were not seen, and are not invented.
# End of standard support: EKS user guide, "Amazon EKS Kubernetes release calendar", as endoflife.date has it.
VERSIONS: Mapping[str, ClusterVersion] = {
    # What the lab runs: all of this project was run on it.
    "1.34": ClusterVersion(
        ami_release="1.34.9-20260714",
        addons={
            "vpc-cni": "v1.22.4-eksbuild.3",
            "kube-proxy": "v1.34.6-eksbuild.21",
            "coredns": "v1.12.4-eksbuild.29",
        },
        standard_support_until=date(2026, 12, 2),
    ),
    # Where an upgrade goes next; not run in the lab.
    "1.35": ClusterVersion(
        ami_release="1.35.6-20260714",
        addons={
            "vpc-cni": "v1.22.4-eksbuild.3",
            "kube-proxy": "v1.35.3-eksbuild.21",
            "coredns": "v1.13.2-eksbuild.21",
        },
        standard_support_until=date(2027, 3, 27),
    ),
}
DEFAULT = "1.34"
"""The version of a cluster that names none."""
RULE = "this project knows the versions of its table, each with the add-ons and the node image that go with it"
REMEDY = f"one of {', '.join(VERSIONS)} (components/cluster/versions.py)"
