"""A Kubernetes that nobody here made."""

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.args import ExistingClusterArgs
from components.cluster.spec import ExistingClusterSpec


class ExistingCluster(pulumi.ComponentResource):
    """A Kubernetes that exists already: a provider for its API; nothing else of it is declared.

    Raises SpecError for a kubeconfig that is not there.
    """

    kubeconfig: pulumi.Output[str]
    """Path of its kubeconfig."""
    provider: k8s.Provider

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ExistingClusterSpec.parse(args)
        # What it was called when the first states were written.
        former = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="aifactory:cluster:StandingCluster")])
        super().__init__(
            "aifactory:cluster:ExistingCluster", name, {**args}, pulumi.ResourceOptions.merge(opts, former)
        )
        self.kubeconfig = pulumi.Output.from_input(spec.kubeconfig)
        self.provider = k8s.Provider(
            f"{name}-api", kubeconfig=spec.kubeconfig, opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"kubeconfig": self.kubeconfig})
