"""Checkpoints are written to a claim."""

from policies.frameworks import Framework
from policies.pods import KINDS, of_containers
from policies.resource import UNKNOWN, Values, mapping, sequence, text
from policies.rule import Findings, ResourceRule, Severity, Undecided, Violation


def _container(path: str, container: Values, pod: Values) -> Findings:
    folder = next(
        (
            mapping(one).get("value")
            for one in sequence(container.get("env"))
            if mapping(one).get("name") == "CHECKPOINT_DIR"
        ),
        None,
    )
    if folder is None:
        return
    if folder is UNKNOWN or container.get("volumeMounts") is UNKNOWN:
        yield Undecided(f"{path}.env[CHECKPOINT_DIR]")
        return
    claims = {
        mapping(one).get("name")
        for one in sequence(pod.get("volumes"))
        if mapping(one).keys() & {"persistentVolumeClaim", "ephemeral", "csi", "nfs"}
    }
    mounts = [one for one in map(mapping, sequence(container.get("volumeMounts"))) if one.get("name") in claims]
    if not any(_below(text(folder), text(one.get("mountPath"))) for one in mounts):
        yield Violation(f"{path}.env[CHECKPOINT_DIR]", "outside of every claim", "checkpoints outlive the pod")


def _below(folder: str, mount: str) -> bool:
    return bool(mount) and (folder == mount or folder.startswith(mount.rstrip("/") + "/"))


RULE = ResourceRule(
    id="train-checkpoint-durable",
    title="Checkpoints are written to a claim.",
    why="What lies in the pod is gone with the pod: a node that fails after a week costs the week.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CP-9", "CP-10", "SI-13"),
        Framework.SOC_2: ("A1.2",),
        Framework.EU_AI_ACT: ("15(4)",),
        Framework.NIST_AI_RMF: ("MEASURE 2.7",),
    },
    remedy="mount a PersistentVolumeClaim where CHECKPOINT_DIR is",
    kinds=KINDS,
    check=of_containers(_container),
)
