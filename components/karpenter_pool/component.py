"""A pool of GPU nodes that Karpenter starts."""

import json

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws import ec2, eks, iam

from components.gpu_pool.role import node_role
from components.gpu_pool.spec import pool_tags
from components.gpu_pool.taint import GPU_TAINT
from components.karpenter_pool.args import KarpenterPoolArgs
from components.karpenter_pool.spec import GROUP, KarpenterPoolSpec
from components.partition import service_principal


class KarpenterPool(pulumi.ComponentResource):
    """The same nodes as a GpuPool's, started by Karpenter when pods ask for them.

    Wants a provider of AWS and one of Kubernetes, and a cluster on which Karpenter and its CRDs are. At its end the
    NodePool goes first; the EC2NodeClass stays until no node is left (Karpenter's finalizer), and with it the nodes'
    role.

    `opts` names in `depends_on` what installs Karpenter, the add-ons before nodes and the network's `routes`: they have
    to outlive the nodes, which only the controller ends.

    Raises SpecError with every rule that the arguments break.
    """

    node_pool_name: pulumi.Output[str]
    """Name of the NodePool."""
    node_role_arn: pulumi.Output[str]
    """Role of the nodes; the controller's own role must be allowed to pass it."""

    def __init__(self, name: str, args: KarpenterPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = KarpenterPoolSpec.parse(args)
        super().__init__("aifactory:karpenter_pool:KarpenterPool", name, _judged(spec), opts)
        role, attachments = node_role(name, args["region"], self)
        # A managed group has an entry made for it, Karpenter's nodes have not.
        entry = eks.AccessEntry(
            f"{name}-access",
            cluster_name=args["cluster_name"],
            principal_arn=role.arn,
            type="EC2_LINUX",
            opts=pulumi.ResourceOptions(parent=self),
        )
        controller = args.get("controller_role_name")
        passed = [] if controller is None else [_passing(name, role.arn, args["region"], controller, self)]
        group = _placement_group(name, spec, self)
        node_class = kubernetes.apiextensions.CustomResource(
            f"{name}-class",
            api_version=f"{GROUP}/v1",
            kind="EC2NodeClass",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name),
            spec={
                **spec.node_class(),
                "role": role.name,
                "subnetSelectorTerms": [{"id": args["subnet_id"]}],
                "securityGroupSelectorTerms": [{"id": args["security_group_id"]}],
                "blockDeviceMappings": _volumes(spec, args.get("kms_key_arn")),
                "tags": pool_tags(name, args.get("tags", {})),
                **({"placementGroupSelector": {"name": group}} if group is not None else {}),
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*attachments, *passed, entry]),
        )
        # A pool never changes from static to dynamic or back: it is then another one, with another name.
        pool = name if spec.replicas is None else f"{name}-static"
        kubernetes.apiextensions.CustomResource(
            f"{pool}-nodes",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=pool),
            spec=spec.node_pool(name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[node_class]),
        )
        self.node_pool_name = pulumi.Output.from_input(pool)
        self.node_role_arn = role.arn
        self.register_outputs({"node_pool_name": self.node_pool_name, "node_role_arn": self.node_role_arn})


def _passing(
    name: str, role: pulumi.Output[str], region: str, controller: pulumi.Input[str], parent: pulumi.ComponentResource
) -> iam.RolePolicy:
    return iam.RolePolicy(
        f"{name}-pass",
        name=f"pass-{name}",
        role=controller,
        policy=role.apply(
            lambda arn: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "iam:PassRole",
                            "Resource": arn,
                            "Condition": {"StringEquals": {"iam:PassedToService": service_principal("ec2", region)}},
                        }
                    ],
                }
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _placement_group(name: str, spec: KarpenterPoolSpec, parent: pulumi.ComponentResource) -> pulumi.Input[str] | None:
    if spec.makes_placement_group:
        options = pulumi.ResourceOptions(parent=parent)
        return ec2.PlacementGroup(f"{name}-placement", strategy="cluster", opts=options).name
    return spec.reservation_group or None


def _volumes(spec: KarpenterPoolSpec, kms_key: pulumi.Input[str] | None) -> list[dict[str, object]]:
    volumes = spec.image.volumes
    return [
        {
            "deviceName": volume.device,
            # What kubelet counts as the node's storage is on the last one.
            "rootVolume": volume is volumes[-1],
            "ebs": {
                "volumeType": "gp3",
                "volumeSize": f"{volume.gib}Gi",
                "encrypted": True,
                "deleteOnTermination": True,
                **({"kmsKeyID": kms_key} if kms_key is not None else {}),
            },
        }
        for volume in volumes
    ]


def _judged(spec: KarpenterPoolSpec) -> dict[str, pulumi.Input[object]]:
    """What policies judge a pool by."""
    facts = spec.accelerator
    return {
        "instanceType": facts.instance_type,
        "maxNodes": spec.max_nodes,
        "replicas": spec.replicas,
        "capacity": spec.capacity.kind,
        "gpusPerNode": facts.gpus,
        "efaCards": facts.efa_cards,
        "nvmeGb": facts.nvme_gb,
        "rootGib": spec.image.root_gib,
        "releaseVersion": spec.image.release,
        "taint": GPU_TAINT.key,
    }
