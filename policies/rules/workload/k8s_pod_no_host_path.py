"""No pod mounts a folder of its node."""

from policies.frameworks import Framework
from policies.pods import KINDS, pods, unknown_places
from policies.resource import PolicyResource, at, mapping, sequence, text
from policies.rule import Config, Findings, ResourceRule, Severity, Violation, names

FOLDERS = names("folders", (), "Folders of nodes, and what is below them, that pods may mount.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    yield from unknown_places(resource)
    for where, pod in pods(resource):
        for volume in map(mapping, sequence(pod.get("volumes"))):
            path = at(volume, "hostPath.path")
            if path is not None and not any(f"{path}/".startswith(f"{one.rstrip('/')}/") for one in FOLDERS.of(config)):
                yield Violation(
                    f"{where}.volumes[{text(volume.get('name'))}].hostPath", "set", "a pod mounts no folder of its node"
                )


RULE = ResourceRule(
    id="k8s-pod-no-host-path",
    title="No pod mounts a folder of its node.",
    why="The node's files are those of every pod on it; its runtime's socket is the node.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("AC-6", "SC-39", "CM-7"),
        Framework.CIS_EKS: ("4.2.1",),
        Framework.CIS_KUBERNETES: ("5.2.11",),
        Framework.SOC_2: ("CC6.3",),
    },
    remedy="use a claim, a ConfigMap or an emptyDir, or allow the folder by configuration",
    settings=(FOLDERS,),
    advisory_because="data that a lab or a site gives from a node's own disk is mounted by its path",
    kinds=KINDS,
    check=_check,
)
