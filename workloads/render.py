"""Workloads as Kubernetes objects, as plain data: what a reviewer sees in a preview."""

from collections.abc import Mapping, Sequence

from components.gpu_pool.spec import POOL, POOL_LABEL, TAINT
from workloads.recipe import Resources
from workloads.spec import Mount, Program

Manifest = dict[str, object]
# The user of the base image; its home is /tmp.
USER = 65532
GPU_NODES: Mapping[str, str] = {POOL_LABEL: POOL}
"""Labels of the nodes with GPUs where nothing else is said: those of the pool that the platform makes."""
EFA = "vpc.amazonaws.com/efa"
# The root of every container is read only; what a program writes beside its mounts ends with its pod.
TEMPORARY = Mount(name="tmp", path="/tmp", source="scratch")


def pod(
    programs: Sequence[Program],
    *,
    before: Sequence[Program] = (),
    account: str,
    gpu_nodes: Mapping[str, str] = GPU_NODES,
) -> Manifest:
    """The spec of a pod: `before` run one after another, then `programs` together; `gpu_nodes` labels where GPUs are."""
    every = (*before, *programs)
    spec: Manifest = {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(),
        "containers": [container(program) for program in programs],
        "volumes": volumes(every),
    }
    if before:
        spec["initContainers"] = [container(program) for program in before]
    if any(program.resources.gpus for program in every):
        spec |= placement(gpu_nodes)
    return spec


def placement(gpu_nodes: Mapping[str, str]) -> Manifest:
    """Where GPUs are: nodes with these labels, whose taint keeps everything else away."""
    return {
        "nodeSelector": dict(gpu_nodes),
        "tolerations": [{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}],
    }


def pod_security() -> Manifest:
    """Kubernetes' restricted pod security standard."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        # A large shared filesystem is not walked at every start.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container(program: Program) -> Manifest:
    """One container of a pod."""
    # Libraries count the node's cores, not the pod's: more threads than its limit only throttle each other.
    environment = {"OMP_NUM_THREADS": str(max(1, int(program.resources.cpu))), **program.environment}
    spec: Manifest = {
        "name": program.name,
        "image": program.image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(program.command),
        "env": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "resources": _resources(program.resources),
        "volumeMounts": [
            {
                "name": mount.name,
                "mountPath": mount.path,
                "readOnly": mount.source in ("secret", "config_map", "folder"),
            }
            for mount in (*program.mounts, TEMPORARY)
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    if program.ports:
        spec["ports"] = [{"name": name, "containerPort": port} for name, port in program.ports.items()]
    if program.healthy:
        # The name is what an allow list of hosts knows; a probe would send the pod's address.
        asked = {
            "path": program.healthy,
            "port": next(iter(program.ports)),
            "httpHeaders": [{"name": "Host", "value": "localhost"}],
        }
        spec["readinessProbe"] = {"httpGet": asked, "periodSeconds": 3, "timeoutSeconds": 3}
    return spec


def volumes(programs: Sequence[Program]) -> list[Manifest]:
    """What the mounts of these programs are of, each once."""
    mounts = {mount.name: mount for program in programs for mount in (*program.mounts, TEMPORARY)}
    return [_volume(mount) for mount in mounts.values()]


def _volume(mount: Mount) -> Manifest:
    source: Manifest
    match mount.source:
        case "secret":
            source = {"secret": {"secretName": mount.of, "defaultMode": 0o440}}
        case "config_map":
            source = {"configMap": {"name": mount.of}}
        case "claim":
            source = {"persistentVolumeClaim": {"claimName": mount.of}}
        case "folder":
            source = {"hostPath": {"path": mount.of, "type": "Directory"}}
        case "scratch":
            source = {"emptyDir": {}}
        case "memory":
            source = {"emptyDir": {"medium": "Memory"}}
    return {"name": mount.name, **source}


def _resources(resources: Resources) -> Manifest:
    memory = f"{resources.memory_gib}Gi"
    devices: dict[str, str] = {}
    if resources.gpus:
        devices[TAINT] = str(resources.gpus)
    if resources.efa:
        devices[EFA] = str(resources.efa)
    return {
        # What is kept for it of memory is half of its limit: the peaks of two stages do not coincide.
        "requests": {"cpu": _cores(resources.cpu_request), "memory": f"{resources.memory_gib * 512}Mi", **devices},
        "limits": {"cpu": _cores(resources.cpu), "memory": memory, **devices},
    }


def _cores(cores: float) -> str:
    return f"{round(cores * 1000)}m"
