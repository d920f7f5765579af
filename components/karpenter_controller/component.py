"""What Karpenter's controller is and hears at AWS."""

import json
from collections.abc import Callable

import pulumi
from pulumi_aws import cloudwatch, sqs

from components.karpenter_controller import spec
from components.karpenter_controller.args import KarpenterControllerArgs
from components.pod_identity.component import PodIdentity


class KarpenterController(pulumi.ComponentResource):
    """The identity of Karpenter's pods, and the queue on which EC2 announces that it takes a node away.

    The controller starts and ends instances with the tag of its cluster, and no others. The role that nodes have it
    may not pass on by itself: each `KarpenterPool` lets it pass its own.
    """

    queue_name: pulumi.Output[str]
    """Name of the queue, for the chart."""
    role_name: pulumi.Output[str]
    """Name of the controller's role, for pools."""
    ready: list[pulumi.Resource]
    """What the chart waits for: EKS gives credentials to pods that start afterwards."""

    def __init__(self, name: str, args: KarpenterControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aifactory:karpenter_controller:KarpenterController", name, {"region": args["region"]}, opts)
        child = pulumi.ResourceOptions(parent=self)
        queue = sqs.Queue(
            f"{name}-interruptions",
            message_retention_seconds=spec.RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        rules = [
            cloudwatch.EventRule(
                f"{name}-{event}",
                event_pattern=json.dumps({"source": [source], "detail-type": [detail]}),
                opts=child,
            )
            for event, (source, detail) in spec.EVENTS.items()
        ]
        admitted = sqs.QueuePolicy(
            f"{name}-interruptions-policy",
            queue_url=queue.id,
            policy=pulumi.Output.all(queue.arn, *(rule.arn for rule in rules)).apply(
                lambda arns: spec.queue_policy(arns[0], arns[1:])
            ),
            opts=child,
        )
        targets = [
            cloudwatch.EventTarget(
                f"{name}-{event}-queue",
                rule=rule.name,
                arn=queue.arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[admitted]),
            )
            for event, rule in zip(spec.EVENTS, rules, strict=True)
        ]

        def of_cluster(policy: Callable[[str, str], str]) -> pulumi.Output[str]:
            return pulumi.Output.from_input(args["cluster_name"]).apply(lambda cluster: policy(cluster, args["region"]))

        identity = PodIdentity(
            f"{name}-pods",
            {
                "cluster_name": args["cluster_name"],
                "region": args["region"],
                "namespace": spec.NAMESPACE,
                "service_account": spec.SERVICE_ACCOUNT,
                "inline_policies": {
                    "nodes": of_cluster(spec.nodes_policy),
                    "profiles": of_cluster(spec.profiles_policy),
                    "facts": of_cluster(spec.facts_policy),
                    "interruptions": queue.arn.apply(spec.interruptions_policy),
                },
                "after": args.get("after", ()),
            },
            child,
        )
        self.queue_name = queue.name
        # IAM's own form of the name at the end of an ARN, after a path where there is one.
        self.role_name = identity.role_arn.apply(lambda arn: arn.rsplit("/", 1)[-1])
        self.ready = [*targets, *identity.ready]
        self.register_outputs({"queue_name": self.queue_name, "role_name": self.role_name})
