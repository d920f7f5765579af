"""Started by the engine as `pulumi-resource-kubernetes`."""

from lab.plugins.kubernetes.provider import KubernetesPlugin
from lab.plugins.server import serve

serve(KubernetesPlugin())
