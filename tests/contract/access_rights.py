"""What each role is tried against in Kubernetes: a request, and the roles that may make it. Every other role may not."""

from dataclasses import dataclass

from components.access_control.rbac import (
    AUDITOR,
    CI_PREVIEW,
    ML_ENGINEER,
    ML_VIEWER,
    PLATFORM,
    SECURITY,
    RoleName,
)

FACTORY, OTHER = "factory", "kube-system"
Roles = tuple[RoleName, ...]
GROUPS: Roles = (SECURITY, PLATFORM, ML_ENGINEER, ML_VIEWER, AUDITOR, CI_PREVIEW)
"""Roles that are held by groups; CI's deployment has EKS's own policy of administrators."""
STATE: Roles = (SECURITY, PLATFORM, CI_PREVIEW)
RUNS: Roles = (*STATE, ML_ENGINEER, ML_VIEWER)
NOBODY: Roles = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """One request."""

    verb: str
    resource: str
    """With its subresource, e.g. `pods/log`."""
    group: str = ""
    namespace: str = FACTORY
    """"" for all namespaces, or for what has none."""
    name: str = ""
    roles: Roles

    @property
    def label(self) -> str:
        return f"{self.verb} {self.group or 'core'}/{self.resource}/{self.name} in {self.namespace or 'all'}"


RBAC, ADMISSION = "rbac.authorization.k8s.io", "admissionregistration.k8s.io"
JOBSET, ARGO = "jobset.x-k8s.io", "argoproj.io"


def _reading() -> list[Right]:
    runs = [
        *(("", one) for one in ("pods", "services", "configmaps", "persistentvolumeclaims")),
        *(("apps", one) for one in ("deployments", "replicasets")),
        *(("batch", "jobs"), (JOBSET, "jobsets")),
    ]
    found = [Right(verb="list", group=group, resource=one, roles=RUNS) for group, one in runs if one != "pods"]
    found += [
        Right(verb="list", resource="pods", roles=GROUPS),
        Right(verb="watch", resource="pods", roles=RUNS),
        Right(verb="list", resource="events", roles=GROUPS),
        Right(verb="get", group=ARGO, resource="workflows", roles=GROUPS),
        Right(verb="watch", group=ARGO, resource="workflows", roles=RUNS),
        Right(verb="get", resource="pods/log", roles=(SECURITY, PLATFORM, ML_ENGINEER, ML_VIEWER, AUDITOR)),
        Right(verb="get", resource="pods/log", namespace=OTHER, roles=(SECURITY, PLATFORM)),
        Right(verb="list", resource="pods", namespace=OTHER, roles=STATE),
        Right(verb="list", resource="pods", namespace="", roles=STATE),
        Right(verb="list", resource="configmaps", namespace=OTHER, roles=STATE),
        Right(verb="list", resource="nodes", namespace="", roles=RUNS),
        Right(verb="list", resource="namespaces", namespace="", roles=STATE),
        Right(verb="list", resource="persistentvolumes", namespace="", roles=STATE),
        Right(verb="list", group="networking.k8s.io", resource="networkpolicies", roles=STATE),
        Right(verb="list", group=RBAC, resource="clusterroles", namespace="", roles=STATE),
        Right(verb="list", group=RBAC, resource="rolebindings", roles=STATE),
        Right(verb="list", group=ADMISSION, resource="validatingadmissionpolicies", namespace="", roles=STATE),
    ]
    return found


def _nobodys() -> list[Right]:
    """Secrets, the inside of pods, and what makes somebody more than they are."""
    secrets = [Right(verb=verb, resource="secrets", roles=NOBODY) for verb in ("get", "list", "watch", "create")]
    named = [
        Right(verb="get", resource="secrets", name=name, roles=NOBODY)
        for name in ("signing-key", "stores-protection", "stores-logs", "stores-objects", "callers", "registry")
    ]
    inside = [
        Right(verb=verb, resource=f"pods/{one}", roles=NOBODY)
        for one in ("exec", "attach", "portforward", "ephemeralcontainers", "proxy")
        for verb in ("get", "create", "patch")
    ]
    # Who makes or changes pods has any account and any Secret of their namespace.
    pods = [
        Right(verb=verb, group=group, resource=one, namespace=namespace, roles=NOBODY)
        for group, one in (("", "pods"), ("apps", "deployments"), ("apps", "daemonsets"), ("batch", "cronjobs"))
        for verb in ("create", "patch", "update")
        for namespace in (FACTORY, OTHER)
    ]
    more = [
        Right(verb=verb, group=RBAC, resource=one, namespace="", roles=NOBODY)
        for one in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
        for verb in ("create", "patch", "delete", "bind", "escalate")
    ]
    others = [
        Right(verb="impersonate", resource="users", namespace="", roles=NOBODY),
        Right(verb="impersonate", resource="groups", namespace="", name="system:masters", roles=NOBODY),
        Right(verb="create", resource="serviceaccounts/token", name="protect", roles=NOBODY),
        Right(verb="create", resource="serviceaccounts", roles=NOBODY),
        Right(verb="get", resource="nodes/proxy", namespace="", roles=NOBODY),
        Right(verb="create", resource="persistentvolumes", namespace="", roles=NOBODY),
        Right(verb="patch", resource="configmaps", name="signing-public", roles=NOBODY),
        Right(verb="delete", resource="configmaps", name="signing-public", roles=NOBODY),
        Right(verb="delete", resource="namespaces", namespace="", name=FACTORY, roles=NOBODY),
        Right(verb="delete", resource="persistentvolumeclaims", roles=NOBODY),
        Right(verb="delete", group=ADMISSION, resource="validatingadmissionpolicies", namespace="", roles=NOBODY),
        Right(verb="delete", group=ADMISSION, resource="validatingadmissionpolicybindings", namespace="", roles=NOBODY),
        Right(verb="patch", group=ADMISSION, resource="mutatingwebhookconfigurations", namespace="", roles=NOBODY),
        Right(
            verb="update",
            group="certificates.k8s.io",
            resource="certificatesigningrequests/approval",
            namespace="",
            roles=NOBODY,
        ),
        Right(verb="*", group="*", resource="*", namespace="", roles=NOBODY),
    ]
    return [*secrets, *named, *inside, *pods, *more, *others]


def _work() -> list[Right]:
    kinds = (("batch", "jobs"), (JOBSET, "jobsets"), (ARGO, "workflows"))
    found: list[Right] = []
    for group, one in kinds:
        found += [
            Right(verb="create", group=group, resource=one, roles=(ML_ENGINEER,)),
            Right(verb="create", group=group, resource=one, namespace=OTHER, roles=NOBODY),
            Right(verb="delete", group=group, resource=one, roles=(ML_ENGINEER, PLATFORM)),
            Right(verb="deletecollection", group=group, resource=one, roles=NOBODY),
            Right(verb="patch", group=group, resource=one, roles=NOBODY),
        ]
    scale: tuple[RoleName, ...] = (PLATFORM,)
    found += [
        Right(verb="create", group=ARGO, resource="workflowtemplates", roles=NOBODY),
        Right(verb="create", group=ARGO, resource="cronworkflows", roles=NOBODY),
        Right(verb="patch", resource="nodes", namespace="", roles=scale),
        Right(verb="delete", resource="nodes", namespace="", roles=NOBODY),
        Right(verb="create", resource="pods/eviction", namespace=OTHER, roles=scale),
        Right(verb="delete", resource="pods", roles=scale),
        Right(verb="delete", resource="pods", namespace=OTHER, roles=scale),
        Right(verb="patch", group="apps", resource="deployments/scale", roles=scale),
        Right(verb="delete", group="apps", resource="deployments", roles=NOBODY),
    ]
    return found


def _proxied() -> list[Right]:
    """MLflow and the gateway, by their names in the proxy's path, and no other Service."""
    proxy = "services/proxy"
    looking: Roles = (PLATFORM, ML_ENGINEER, ML_VIEWER)
    found: list[Right] = []
    for name in ("mlflow", "mlflow:5000", "http:mlflow:5000"):
        found += [
            Right(verb="get", resource=proxy, name=name, roles=looking),
            Right(verb="create", resource=proxy, name=name, roles=(ML_ENGINEER,)),
            Right(verb="delete", resource=proxy, name=name, roles=NOBODY),
            Right(verb="get", resource=proxy, name=name, namespace=OTHER, roles=NOBODY),
        ]
    for name in ("serving", "serving:8000", "http:serving:8000"):
        found += [
            Right(verb="get", resource=proxy, name=name, roles=(ML_ENGINEER,)),
            Right(verb="create", resource=proxy, name=name, roles=(ML_ENGINEER,)),
        ]
    for name in ("", "other", "mlflow:5001", "https:mlflow:5000", "serving:8001"):
        found.append(Right(verb="get", resource=proxy, name=name, roles=NOBODY))
    return found


RIGHTS = [*_reading(), *_nobodys(), *_work(), *_proxied()]
