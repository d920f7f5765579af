"""Cases of the pack workload."""

from policies.types import K8S_BUDGET, K8S_CONFIG_MAP, K8S_DEPLOYMENT, K8S_JOB, K8S_NAMESPACE, K8S_SECRET, WORKFLOW
from tests.policies.case import CONTAINER, DELETED, GPU_POD, POD, Case, deployment, workflow_of

CASES: tuple[Case, ...] = (
    Case(
        rule="workload-gpu-limits",
        kind=K8S_DEPLOYMENT,
        good=deployment(GPU_POD),
        bad=(
            ("spec.template.spec.containers.0.resources.limits.memory", DELETED),
            ("spec.template.spec.nodeSelector", {}),
        ),
        unknown=("spec.template",),
    ),
    Case(
        rule="workload-image-digest",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.containers.0.image", "image:latest"),
            ("spec.template.spec.containers.0.image", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.image",
        ),
    ),
    Case(
        rule="workload-no-plain-secret",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.containers.0.env", [{"name": "DB_PASSWORD", "value": "hunter2"}]),
            ("spec.template.spec.containers.0.args", ["--api-key=hunter2hunter2"]),
        ),
        unknown=("spec.template",),
    ),
    Case(
        rule="workload-no-hidden-pods",
        kind=WORKFLOW,
        good=workflow_of(container=CONTAINER),
        bad=(
            ("spec.workflowTemplateRef", {"name": "x"}),
            ("spec.podSpecPatch", "{{inputs.x}}"),
        ),
        unknown=("spec.templates",),
    ),
    Case(
        rule="k8s-pod-unprivileged",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.containers.0.securityContext.privileged", True),
            ("spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation", DELETED),
            ("spec.template.spec.containers.0.securityContext.capabilities", DELETED),
            ("spec.template.spec.containers.0.securityContext.capabilities.add", ["SYS_ADMIN"]),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.securityContext",
        ),
    ),
    Case(
        rule="k8s-pod-no-host",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.hostNetwork", True),
            ("spec.template.spec.hostPID", True),
            ("spec.template.spec.containers.0.ports", [{"hostPort": 80}]),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.hostNetwork",
        ),
    ),
    Case(
        rule="k8s-pod-no-host-path",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            (
                "spec.template.spec.volumes",
                [{"name": "x", "hostPath": {"path": "/var/run/containerd/containerd.sock"}}],
            ),
        ),
        unknown=("spec.template",),
    ),
    Case(
        rule="k8s-pod-non-root",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.securityContext.runAsNonRoot", DELETED),
            ("spec.template.spec.securityContext.seccompProfile", DELETED),
            ("spec.template.spec.securityContext.runAsUser", 0),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.securityContext",
        ),
    ),
    Case(
        rule="k8s-pod-read-only",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", False),
            ("spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.securityContext",
        ),
    ),
    Case(
        rule="k8s-pod-limits",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.containers.0.resources", DELETED),
            ("spec.template.spec.containers.0.resources.limits.memory", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.resources",
        ),
    ),
    Case(
        rule="k8s-pod-scratch-limited",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(("spec.template.spec.containers.0.resources.limits.ephemeral-storage", DELETED),),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.resources",
        ),
    ),
    Case(
        rule="k8s-image-registry",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            (
                "spec.template.spec.containers.0.image",
                "docker.io/evil/image@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            ),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.image",
        ),
        config={"registries": ["registry.example.org/"]},
    ),
    Case(
        rule="k8s-service-account-own",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.serviceAccountName", "default"),
            ("spec.template.spec.serviceAccountName", DELETED),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.serviceAccountName",
        ),
    ),
    Case(
        rule="k8s-pod-token-unmounted",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.automountServiceAccountToken", DELETED),
            ("spec.template.spec.automountServiceAccountToken", True),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.automountServiceAccountToken",
        ),
    ),
    Case(
        rule="k8s-pod-processes-apart",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(("spec.template.spec.shareProcessNamespace", True),),
        unknown=(
            "spec.template",
            "spec.template.spec.shareProcessNamespace",
        ),
    ),
    Case(
        rule="k8s-pod-kernel-untouched",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.securityContext.sysctls", [{"name": "kernel.shm_rmid_forced", "value": "1"}]),
            ("spec.template.spec.containers.0.securityContext.procMount", "Unmasked"),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.securityContext",
        ),
    ),
    Case(
        rule="k8s-secret-as-file",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            (
                "spec.template.spec.containers.0.env",
                [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            ),
            ("spec.template.spec.containers.0.envFrom", [{"secretRef": {"name": "s"}}]),
        ),
        unknown=(
            "spec.template",
            "spec.template.spec.containers.0.env",
        ),
    ),
    Case(
        rule="k8s-config-map-no-secret",
        kind=K8S_CONFIG_MAP,
        good={"data": {"config": "region = us-east-1"}},
        bad=(
            ("data", {"DB_PASSWORD": "hunter2"}),
            ("data", {"key.pem": "-----BEGIN PRIVATE KEY-----\nx"}),
        ),
        unknown=(
            "data",
            "data.config",
        ),
    ),
    Case(
        rule="k8s-namespace-pod-security",
        kind=K8S_NAMESPACE,
        good={"metadata": {"name": "factory", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
        bad=(
            ("metadata.labels", DELETED),
            ("metadata.labels", {"pod-security.kubernetes.io/enforce": "privileged"}),
        ),
        unknown=(
            "metadata",
            "metadata.labels",
        ),
    ),
    Case(
        rule="k8s-namespace-own",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("metadata.namespace", "default"),
            ("metadata.namespace", DELETED),
        ),
        unknown=("metadata",),
    ),
    Case(
        rule="k8s-job-ended",
        kind=K8S_JOB,
        good={"spec": {"backoffLimit": 4, "template": {}}},
        bad=(("spec.backoffLimit", 2147483647),),
        unknown=(
            "spec",
            "spec.backoffLimit",
        ),
    ),
    Case(
        rule="k8s-rollout-bounded",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD, progressDeadlineSeconds=600),
        bad=(("spec.progressDeadlineSeconds", 86400),),
        unknown=(
            "spec",
            "spec.progressDeadlineSeconds",
        ),
    ),
    Case(
        rule="k8s-budget-lets-drain",
        kind=K8S_BUDGET,
        good={"spec": {"maxUnavailable": 1}},
        bad=(
            ("spec.maxUnavailable", 0),
            ("spec.minAvailable", "100%"),
        ),
        unknown=("spec",),
    ),
    Case(
        rule="k8s-pod-confined",
        kind=K8S_DEPLOYMENT,
        good=deployment(POD),
        bad=(
            ("spec.template.spec.securityContext.appArmorProfile", {"type": "Unconfined"}),
            ("spec.template.spec.securityContext.seLinuxOptions", {"type": "spc_t"}),
            ("spec.template.spec.containers.0.securityContext.seLinuxOptions", {"user": "root"}),
            ("spec.template.spec.containers.0.securityContext.windowsOptions", {"hostProcess": True}),
        ),
        unknown=(
            "spec.template.spec.securityContext",
            "spec.template.spec.containers",
        ),
    ),
    Case(
        rule="k8s-secret-no-account-token",
        kind=K8S_SECRET,
        good={"type": "Opaque"},
        bad=(("type", "kubernetes.io/service-account-token"),),
        unknown=("type",),
    ),
)
