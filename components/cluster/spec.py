"""The rules of a cluster."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from components.cluster.args import ClusterArgs, ExistingClusterArgs
from components.violations import Violations

# The version that the lab runs, so that what was tested there is what runs on EKS.
TESTED_VERSION = "1.34"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterSpec:
    """An EKS cluster, and which Kubernetes API its workloads go to."""

    version: str
    kubeconfig: str
    """Path of a kubeconfig; "" where the API is EKS's own."""

    @classmethod
    def parse(cls, args: ClusterArgs) -> Self:
        """Raises SpecError for a version that is none, too few subnets, or a kubeconfig that is not there."""
        violations = Violations("Cluster")
        version = args.get("version", TESTED_VERSION)
        violations.unless(
            re.fullmatch(r"1\.[1-9]\d", version) is not None,
            "version",
            version,
            "EKS takes a minor version of Kubernetes",
            f"e.g. {TESTED_VERSION}",
        )
        violations.unless(
            len(args["subnet_ids"]) >= 2, "subnet_ids", len(args["subnet_ids"]), "EKS needs two subnets in two zones"
        )
        kubeconfig = args.get("kubeconfig", "")
        if kubeconfig:
            _check_kubeconfig(violations, kubeconfig)
        violations.raise_if_any()
        return cls(version=version, kubeconfig=kubeconfig)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingClusterSpec:
    """A Kubernetes that exists already."""

    kubeconfig: str

    @classmethod
    def parse(cls, args: ExistingClusterArgs) -> Self:
        """Raises SpecError for a kubeconfig that is not there."""
        violations = Violations("ExistingCluster")
        _check_kubeconfig(violations, args["kubeconfig"])
        violations.raise_if_any()
        return cls(kubeconfig=args["kubeconfig"])


def _check_kubeconfig(violations: Violations, path: str) -> None:
    violations.unless(
        Path(path).is_file(),
        "kubeconfig",
        path,
        "a kubeconfig is a file on this machine",
        "give the path of one, or none for EKS's own",
    )


def eks_kubeconfig(name: str, endpoint: str, authority: str, region: str, profile: str) -> str:
    """A kubeconfig that asks the AWS CLI for a token, so that it holds no secret. JSON is YAML.

    The profile is an argument, which goes before keys in the environment, as it does in Pulumi's provider: else the token is
    of another identity than the one that made the cluster, and the API answers "Unauthorized".
    """
    asked = ["eks", "get-token", "--cluster-name", name, "--region", region]
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [
                {"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}},
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": [*asked, *(["--profile", profile] if profile else [])],
                        }
                    },
                }
            ],
        }
    )
