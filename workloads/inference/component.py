"""A model that answers."""

from collections.abc import Sequence

import pulumi

from workloads.inference.args import ServingArgs
from workloads.inference.spec import NAME, programs
from workloads.render import GPU_NODES
from workloads.server import server

# Of the pod: with another version of its accounts it is made anew.
ACCOUNTS = "aifactory/accounts"
# Containers that are not told where the pod's identity is to be had (amazon-eks-pod-identity-webhook, README): the
# model server needs no store, and the agent answers nobody without the token that is mounted with it.
WITHOUT_IDENTITY = "eks.amazonaws.com/skip-containers"


class Serving(pulumi.ComponentResource):
    """vLLM on one model by digest, whose signature is checked first, behind a gateway that records each answer."""

    model: pulumi.Output[str]
    """Digest of the model that answers; known only when it does."""

    def __init__(
        self,
        name: str,
        args: ServingArgs,
        opts: pulumi.ResourceOptions | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        super().__init__("aifactory:inference:Serving", name, {"model": args["model"], "image": args["image"]}, opts)
        fetch, model, gateway = programs(args)
        service = server(
            self,
            name,
            NAME,
            args["namespace"],
            [model, gateway],
            before=[fetch],
            node_port=args["node_port"],
            gpu_nodes=args.get("gpu_nodes", GPU_NODES),
            pull_secret=args.get("pull_secret", ""),
            # A program reads its account once, at its start.
            annotations={
                **({ACCOUNTS: accounts} if (accounts := args.get("accounts", "")) else {}),
                **({WITHOUT_IDENTITY: model.name} if args["stores"].identity_region else {}),
            },
            after=after,
        )
        self.model = service.metadata.apply(lambda _: args["model"])
        self.register_outputs({"model": self.model})
