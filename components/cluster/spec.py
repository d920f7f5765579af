"""The rules of a cluster."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from components.cluster import versions
from components.cluster.access import Access, parse_access
from components.cluster.addresses import check_public, check_service
from components.cluster.args import ClusterArgs, ExistingClusterArgs
from components.violations import Violations

# EKS API, CreateCluster: 1 to 100 of these. The provider has the same rule.
NAME = r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}"
# CloudWatch Logs API, PutRetentionPolicy.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
DEFAULT_RETENTION_DAYS = 365
# EKS API, LogType. Every kind is kept: what was not written during an incident cannot be asked for afterwards.
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterSpec:
    """An EKS cluster, and which Kubernetes API its workloads go to."""

    name: str
    version: str
    access: tuple[Access, ...]
    public_cidrs: tuple[str, ...]
    """Empty where the API is reached through the VPC alone."""
    service_ipv4_cidr: str
    """"" where EKS chooses."""
    log_retention_days: int
    deletion_protection: bool
    kubeconfig: str
    """Path of a kubeconfig; "" where the API is EKS's own."""

    @property
    def log_group(self) -> str:
        """Where EKS writes its logs: the name is EKS's, so a group that is there first keeps its retention."""
        return f"/aws/eks/{self.name}/cluster"

    @classmethod
    def parse(cls, args: ClusterArgs, default_name: str) -> Self:
        """Raises SpecError with every violation; `default_name` is what a cluster without a name is called."""
        violations = Violations("Cluster")
        version, name = args.get("version", versions.DEFAULT), args.get("name", default_name)
        kubeconfig, days = args.get("kubeconfig", ""), args.get("log_retention_days", DEFAULT_RETENTION_DAYS)
        public, service = tuple(args.get("public_cidrs", ())), args.get("service_ipv4_cidr", "")
        violations.unless(
            re.fullmatch(NAME, name) is not None,
            "name",
            name,
            "a cluster's name is 1 to 100 letters, digits, - and _, and begins with a letter or a digit",
            "e.g. factory-production",
        )
        violations.unless(version in versions.VERSIONS, "version", version, versions.RULE, versions.REMEDY)
        violations.unless(
            len(args["subnet_ids"]) >= 2,
            "subnet_ids",
            len(args["subnet_ids"]),
            "EKS needs two subnets in two zones",
            "give one subnet of each of two zones",
        )
        access = parse_access(
            violations, tuple(args.get("admins", ())), args.get("access", {}), args["region"], needed=not kubeconfig
        )
        check_public(violations, public)
        check_service(violations, service, tuple(args.get("vpc_cidrs", ())))
        violations.unless(
            days in RETENTION_DAYS,
            "log_retention_days",
            days,
            f"CloudWatch keeps logs for {', '.join(map(str, RETENTION_DAYS))} days",
            f"e.g. {DEFAULT_RETENTION_DAYS}",
        )
        if kubeconfig:
            _check_kubeconfig(violations, kubeconfig)
        violations.raise_if_any()
        return cls(
            name=name,
            version=version,
            access=access,
            public_cidrs=public,
            service_ipv4_cidr=service,
            log_retention_days=days,
            deletion_protection=args.get("deletion_protection", True),
            kubeconfig=kubeconfig,
        )


def default_name(stack: str, component: str) -> str:
    """What a cluster without a name of its own is called: a stack's name has dots, a cluster's none."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{stack}-{component}")


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

    The profile is an argument, which goes before keys in the environment, as it does in Pulumi's provider: else the
    token is of another identity than the one that made the cluster, and the API answers "Unauthorized".
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
