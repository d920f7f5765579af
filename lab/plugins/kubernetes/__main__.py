"""Started by the engine as `pulumi-resource-kubernetes`."""

from lab.plugins.kubernetes.provider import KubernetesPlugin
from pulumi_plugin.server import serve

serve(KubernetesPlugin())
