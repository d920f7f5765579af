"""MLflow in the cluster."""

import pulumi

from workloads.server import server
from workloads.tracking.args import TrackingArgs
from workloads.tracking.spec import NAME, program, uri


class Tracking(pulumi.ComponentResource):
    """A Deployment of MLflow with its database on the shared filesystem, and its Service.

    It asks nobody for a login, so no port of a node leads to it: only pods and `kubectl port-forward` do.
    """

    uri: pulumi.Output[str]
    """Where pods find it; known only when it answers."""

    def __init__(self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aifactory:tracking:Tracking", name, {**args}, opts)
        namespace = args["namespace"]
        service = server(
            self,
            name,
            NAME,
            namespace,
            [program(args)],
            pull_secret=args.get("pull_secret", ""),
        )
        self.uri = service.metadata.apply(lambda _: uri(namespace))
        self.register_outputs({"uri": self.uri})
