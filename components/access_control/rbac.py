"""What each role may do in Kubernetes: rules of RBAC, by name wherever a name exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

RoleName: TypeAlias = Literal["security", "platform", "ml-engineer", "ml-viewer", "auditor", "ci-preview", "ci-deploy"]
SECURITY: RoleName = "security"
PLATFORM: RoleName = "platform"
ML_ENGINEER: RoleName = "ml-engineer"
ML_VIEWER: RoleName = "ml-viewer"
AUDITOR: RoleName = "auditor"
CI_PREVIEW: RoleName = "ci-preview"
CI_DEPLOY: RoleName = "ci-deploy"
ROLES: tuple[RoleName, ...] = (SECURITY, PLATFORM, ML_ENGINEER, ML_VIEWER, AUDITOR, CI_PREVIEW, CI_DEPLOY)
CI: frozenset[str] = frozenset({CI_PREVIEW, CI_DEPLOY})

READ = ("get", "list", "watch")
PROXY = "services/proxy"
JOBSET, ARGO = "jobset.x-k8s.io", "argoproj.io"


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A Service behind the API server's proxy."""

    name: str
    port: int

    @property
    def proxied(self) -> tuple[str, ...]:
        """Its names in the proxy's path: `services/mlflow/proxy`, with the port, and with the scheme before both
        (Kubernetes, "Access services running on clusters"). RBAC compares the whole of it.
        """
        return (self.name, f"{self.name}:{self.port}", f"http:{self.name}:{self.port}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a Role or of a ClusterRole."""

    group: str
    """API group; "" for the core."""
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Of single objects; empty for all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rights:
    """What one role may do."""

    cluster: tuple[Rule, ...] = ()
    """In every namespace, and on what has none."""
    namespace: tuple[Rule, ...] = ()
    """In the namespace of the workloads."""


# ConfigMaps are read: what programs are told is no secret there. Secrets are read by nobody: who lists them has every
# account of the stores and the key that models are signed by.
_RUNS = (
    Rule(
        group="",
        resources=("pods", "services", "configmaps", "events", "persistentvolumeclaims"),
        verbs=READ,
    ),
    Rule(group="", resources=("pods/log",), verbs=("get",)),
    Rule(group="apps", resources=("deployments", "replicasets"), verbs=READ),
    Rule(group="batch", resources=("jobs",), verbs=READ),
    Rule(group=JOBSET, resources=("jobsets",), verbs=READ),
    Rule(group=ARGO, resources=("workflows",), verbs=READ),
)
_STATE = (
    Rule(
        group="",
        resources=(
            *("namespaces", "nodes", "persistentvolumes", "persistentvolumeclaims", "pods", "services"),
            *("serviceaccounts", "configmaps", "events", "endpoints", "resourcequotas", "limitranges"),
        ),
        verbs=READ,
    ),
    Rule(group="apps", resources=("deployments", "replicasets", "statefulsets", "daemonsets"), verbs=READ),
    Rule(group="batch", resources=("jobs", "cronjobs"), verbs=READ),
    Rule(group="networking.k8s.io", resources=("networkpolicies", "ingresses", "ingressclasses"), verbs=READ),
    Rule(group="policy", resources=("poddisruptionbudgets",), verbs=READ),
    Rule(group="storage.k8s.io", resources=("storageclasses", "csidrivers", "volumeattachments"), verbs=READ),
    Rule(group="scheduling.k8s.io", resources=("priorityclasses",), verbs=READ),
    Rule(group="apiextensions.k8s.io", resources=("customresourcedefinitions",), verbs=READ),
    Rule(group=JOBSET, resources=("jobsets",), verbs=READ),
    Rule(group=ARGO, resources=("workflows", "workflowtemplates", "cronworkflows"), verbs=READ),
)
_RULES_OF_ACCESS = (
    Rule(
        group="rbac.authorization.k8s.io",
        resources=("roles", "rolebindings", "clusterroles", "clusterrolebindings"),
        verbs=READ,
    ),
    Rule(
        group="admissionregistration.k8s.io",
        resources=(
            *("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
            *("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
        ),
        verbs=READ,
    ),
)
_LOGS = Rule(group="", resources=("pods/log",), verbs=("get",))
_NODES = Rule(group="", resources=("nodes",), verbs=READ)


def rights(tracking: Service, gateway: Service) -> Mapping[RoleName, Rights]:
    """Role -> what it may do in Kubernetes. CI's deployment has no rule here: see `EKS_ADMIN`.

    Nobody enters a pod (`exec`, `attach`, `portforward`), which is that pod's account and its Secrets.
    """
    return {
        SECURITY: Rights(cluster=(*_STATE, *_RULES_OF_ACCESS, _LOGS)),
        PLATFORM: Rights(
            cluster=(
                *_STATE,
                *_RULES_OF_ACCESS,
                _LOGS,
                # Cordon and drain; a pod that is deleted is made anew by what owns it.
                Rule(group="", resources=("nodes",), verbs=("patch",)),
                Rule(group="", resources=("pods/eviction",), verbs=("create",)),
                Rule(group="", resources=("pods",), verbs=("delete",)),
                # Not the Deployment itself: who changes its pods has every account of its namespace.
                Rule(group="apps", resources=("deployments/scale", "statefulsets/scale"), verbs=("get", "patch")),
            ),
            namespace=(
                Rule(group="batch", resources=("jobs",), verbs=("delete",)),
                Rule(group=JOBSET, resources=("jobsets",), verbs=("delete",)),
                Rule(group=ARGO, resources=("workflows",), verbs=("delete",)),
                Rule(group="", resources=(PROXY,), verbs=("get",), names=tracking.proxied),
            ),
        ),
        ML_ENGINEER: Rights(
            cluster=(_NODES,),
            namespace=(
                *_RUNS,
                # What is in them is judged by an admission policy: RBAC knows only that they are made.
                Rule(group="batch", resources=("jobs",), verbs=("create", "delete")),
                Rule(group=JOBSET, resources=("jobsets",), verbs=("create", "delete")),
                Rule(group=ARGO, resources=("workflows",), verbs=("create", "delete")),
                # MLflow searches and writes by POST, and asks nobody for a login: who may POST may log a run.
                Rule(
                    group="",
                    resources=(PROXY,),
                    verbs=("get", "create"),
                    names=(*tracking.proxied, *gateway.proxied),
                ),
            ),
        ),
        ML_VIEWER: Rights(
            cluster=(_NODES,),
            namespace=(*_RUNS, Rule(group="", resources=(PROXY,), verbs=("get",), names=tracking.proxied)),
        ),
        AUDITOR: Rights(
            namespace=(
                Rule(group="", resources=("pods", "events"), verbs=("get", "list")),
                _LOGS,
                Rule(group=ARGO, resources=("workflows",), verbs=("get", "list")),
            )
        ),
        CI_PREVIEW: Rights(cluster=(*_STATE, *_RULES_OF_ACCESS)),
        CI_DEPLOY: Rights(),
    }


EKS_ADMIN: frozenset[str] = frozenset({CI_DEPLOY})
"""Roles with EKS's policy of administrators: charts make ClusterRoles, and Kubernetes lets nobody make a role with
rights that the maker has not. On premises the site's own kubeconfig deploys.
"""


def sequence_of(rules: Sequence[Rule]) -> list[dict[str, object]]:
    """The rules as a manifest has them."""
    return [
        {
            "apiGroups": [rule.group],
            "resources": list(rule.resources),
            "verbs": list(rule.verbs),
            **({"resourceNames": list(rule.names)} if rule.names else {}),
        }
        for rule in rules
    ]
