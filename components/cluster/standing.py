"""A Kubernetes that nobody here made."""

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.args import StandingClusterArgs
from components.cluster.spec import StandingClusterSpec


class StandingCluster(pulumi.ComponentResource):
    """A Kubernetes that stands already: a provider for its API, and nothing else is declared of it.

    Raises SpecError for a kubeconfig that is not there.
    """

    kubeconfig: pulumi.Output[str]
    """Path of its kubeconfig."""
    provider: k8s.Provider

    def __init__(self, name: str, args: StandingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = StandingClusterSpec.parse(args)
        super().__init__("aifactory:cluster:StandingCluster", name, {**args}, opts)
        self.kubeconfig = pulumi.Output.from_input(spec.kubeconfig)
        self.provider = k8s.Provider(
            f"{name}-api", kubeconfig=spec.kubeconfig, opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"kubeconfig": self.kubeconfig})
