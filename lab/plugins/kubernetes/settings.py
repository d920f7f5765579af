"""The provider's own configuration."""

from dataclasses import dataclass

from lab.plugins.kubernetes.changes import Mutable
from lab.plugins.kubernetes.kubeconfig import access, default
from lab.plugins.server import PluginFault
from lab.plugins.values import UNKNOWN, Values, text

# What the official plugin has and this one has not.
NOT_SERVED = ("renderYamlToDirectory", "alwaysRender", "helmReleaseSettings")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Which cluster, and how its objects are changed."""

    kubeconfig: str
    """A path or the content; unknown in a preview before the cluster exists."""
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    mutable: Mutable
    force: bool = False
    """Take fields over from other managers (`enablePatchForce`)."""
    upsert: bool = False
    """Adopt objects that exist (`upsertExistingObjects`)."""
    delete_unreachable: bool = False
    """Forget the objects of a cluster that does not answer."""

    @classmethod
    def parse(cls, values: Values) -> "Settings":
        return cls(
            kubeconfig=text(values.get("kubeconfig")) or default(),
            context=text(values.get("context")),
            cluster=text(values.get("cluster")),
            namespace=text(values.get("namespace")),
            mutable=Mutable(
                secrets=_is(values, "enableSecretMutable"), config_maps=_is(values, "enableConfigMapMutable")
            ),
            force=_is(values, "enablePatchForce"),
            upsert=_is(values, "upsertExistingObjects"),
            delete_unreachable=_is(values, "deleteUnreachable"),
        )


def faults_of(values: Values) -> dict[str, str]:
    """What is wrong with the configuration, by property."""
    found = {
        key: "is not served beside a built engine: use the official plugin" for key in NOT_SERVED if values.get(key)
    }
    if text(values.get("enableServerSideApply")) == "false" or values.get("enableServerSideApply") is False:
        found["enableServerSideApply"] = "= false: every object is applied on the server; remove the setting"
    return found


def other_cluster(old: Values, new: Values) -> bool:
    """Whether two configurations lead to different API servers; new credentials lead to the same one."""
    if "clusterIdentifier" in old and "clusterIdentifier" in new:
        return old["clusterIdentifier"] != new["clusterIdentifier"]
    servers: list[str] = []
    for settings in (Settings.parse(old), Settings.parse(new)):
        if settings.kubeconfig == UNKNOWN:
            return False
        try:
            servers.append(access(settings.kubeconfig, settings.context, settings.cluster).server)
        except PluginFault:
            # The old one may be gone; nothing says that the cluster is another one.
            return False
    return servers[0] != servers[1]


def _is(values: Values, key: str) -> bool:
    # The engine hands provider settings that are no text over as JSON.
    return values.get(key) in (True, "true")
