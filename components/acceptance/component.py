"""Nodes that prove themselves before anything is run on them."""

from typing import cast

import pulumi
from pulumi_kubernetes import batch, core, meta

from components.acceptance.args import AcceptanceTestArgs
from components.acceptance.jobs import job_spec
from components.acceptance.spec import AcceptanceSpec


class AcceptanceTest(pulumi.ComponentResource):
    """A Job on every node of a pool that measures its cards, its network and the filesystem against what they should reach.

    The deployment waits for it, and fails where it fails: a node that is slow or falls back to TCP is found before a run of days
    is. The signed record of what was measured is in the vault, also of a test that fails. The test runs again where the pool,
    the image or a floor changes. The Kubernetes provider is taken from the component's own options. Raises SpecError.
    """

    name: pulumi.Output[str]
    """Name of the Job; known only when every node passed. What runs on the pool depends on it."""

    def __init__(self, name: str, args: AcceptanceTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = AcceptanceSpec.parse(args)
        super().__init__(
            "aifactory:acceptance:AcceptanceTest",
            name,
            {
                "pool": spec.pool,
                "nodes": spec.nodes,
                "gpusPerNode": spec.gpus,
                "efa": spec.efa,
                "floors": dict(spec.floors),
                "sources": dict(spec.sources),
            },
            opts,
        )
        job = f"acceptance-{spec.pool}-{spec.digest(args['image'])}"
        metadata = meta.v1.ObjectMetaArgs(name=job, namespace=args["namespace"], labels={"app": job})
        service = core.v1.Service(
            f"{name}-pods",
            # Without a Service of that name no pod has one; it has no port, and nobody is asked through it.
            metadata=meta.v1.ObjectMetaArgs(
                name=job, namespace=args["namespace"], annotations={"pulumi.com/skipAwait": "true"}
            ),
            spec=core.v1.ServiceSpecArgs(
                cluster_ip="None",
                selector={"app": job},
                # They find each other before any of them is ready.
                publish_not_ready_addresses=True,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        run = batch.v1.Job(
            f"{name}-job",
            metadata=metadata,
            spec=cast("batch.v1.JobSpecArgsDict", job_spec(spec, args, job)),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[service],
                custom_timeouts=pulumi.CustomTimeouts(create=f"{spec.seconds + 600}s"),
                # A Job cannot be changed, and two of them would wait for the same cards.
                delete_before_replace=True,
            ),
        )
        self.name = run.metadata.apply(lambda found: found.name or job)
        self.register_outputs({"name": self.name})
