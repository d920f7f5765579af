"""The same resources as one writes them down without components: every number by hand, nothing checked."""

import json

import pulumi
import pulumi_kubernetes
from pulumi_aws import Provider, ProviderEndpointArgs, ec2, eks, iam, kms

config = pulumi.Config()
at = config.require("endpoint")
on_aws = pulumi.ResourceOptions(
    provider=Provider(
        "aws",
        region="us-east-1",
        endpoints=[ProviderEndpointArgs(ec2=at, eks=at, fsx=at, iam=at, kms=at, s3=at, sts=at)],
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        skip_requesting_account_id=True,
        skip_region_validation=True,
        s3_use_path_style=True,
    )
)

vpc = ec2.Vpc(
    "network-vpc",
    cidr_block="10.64.0.0/16",
    enable_dns_hostnames=True,
    enable_dns_support=True,
    tags={"Name": "network"},
    opts=on_aws,
)
gateway = ec2.InternetGateway("network-igw", vpc_id=vpc.id, tags={"Name": "network"}, opts=on_aws)
public = ec2.RouteTable(
    "network-public",
    vpc_id=vpc.id,
    routes=[ec2.RouteTableRouteArgs(cidr_block="0.0.0.0/0", gateway_id=gateway.id)],
    tags={"Name": "network-public"},
    opts=on_aws,
)
private = ec2.RouteTable("network-private", vpc_id=vpc.id, routes=[], tags={"Name": "network-private"}, opts=on_aws)
public_a = ec2.Subnet(
    "network-public-us-east-1a",
    vpc_id=vpc.id,
    cidr_block="10.64.0.0/18",
    availability_zone="us-east-1a",
    map_public_ip_on_launch=False,
    tags={"Name": "network-public-us-east-1a", "kubernetes.io/role/elb": "1"},
    opts=on_aws,
)
public_b = ec2.Subnet(
    "network-public-us-east-1b",
    vpc_id=vpc.id,
    cidr_block="10.64.64.0/18",
    availability_zone="us-east-1b",
    map_public_ip_on_launch=False,
    tags={"Name": "network-public-us-east-1b", "kubernetes.io/role/elb": "1"},
    opts=on_aws,
)
private_a = ec2.Subnet(
    "network-private-us-east-1a",
    vpc_id=vpc.id,
    cidr_block="10.64.128.0/18",
    availability_zone="us-east-1a",
    map_public_ip_on_launch=False,
    tags={"Name": "network-private-us-east-1a", "kubernetes.io/role/internal-elb": "1"},
    opts=on_aws,
)
private_b = ec2.Subnet(
    "network-private-us-east-1b",
    vpc_id=vpc.id,
    cidr_block="10.64.192.0/18",
    availability_zone="us-east-1b",
    map_public_ip_on_launch=False,
    tags={"Name": "network-private-us-east-1b", "kubernetes.io/role/internal-elb": "1"},
    opts=on_aws,
)
ec2.RouteTableAssociation("network-public-us-east-1a", subnet_id=public_a.id, route_table_id=public.id, opts=on_aws)
ec2.RouteTableAssociation("network-public-us-east-1b", subnet_id=public_b.id, route_table_id=public.id, opts=on_aws)
ec2.RouteTableAssociation("network-private-us-east-1a", subnet_id=private_a.id, route_table_id=private.id, opts=on_aws)
ec2.RouteTableAssociation("network-private-us-east-1b", subnet_id=private_b.id, route_table_id=private.id, opts=on_aws)
group = ec2.SecurityGroup(
    "network-nodes",
    description="Nodes of the factory among themselves",
    vpc_id=vpc.id,
    ingress=[ec2.SecurityGroupIngressArgs(protocol="-1", from_port=0, to_port=0, self=True)],
    egress=[
        ec2.SecurityGroupEgressArgs(protocol="-1", from_port=0, to_port=0, self=True),
        ec2.SecurityGroupEgressArgs(protocol="-1", from_port=0, to_port=0, cidr_blocks=["0.0.0.0/0"]),
    ],
    tags={"Name": "network-nodes"},
    opts=on_aws,
)

cluster_role = iam.Role(
    "cluster-role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "eks.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                }
            ],
        }
    ),
    opts=on_aws,
)
cluster_policy = iam.RolePolicyAttachment(
    "cluster-role",
    role=cluster_role.name,
    policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
    opts=on_aws,
)
key = kms.Key(
    "cluster-key",
    description="Secrets of the factory's Kubernetes",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    opts=on_aws,
)
cluster = eks.Cluster(
    "cluster-eks",
    role_arn=cluster_role.arn,
    version="1.34",
    vpc_config=eks.ClusterVpcConfigArgs(
        subnet_ids=[private_a.id, private_b.id], security_group_ids=[group.id], endpoint_private_access=True
    ),
    encryption_config=eks.ClusterEncryptionConfigArgs(
        provider=eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn), resources=["secrets"]
    ),
    opts=pulumi.ResourceOptions(provider=on_aws.provider, depends_on=[cluster_policy]),
)
pulumi_kubernetes.Provider("cluster-api", kubeconfig=config.require("kubeconfig"))

nodes_role = iam.Role(
    "gpu-role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
    opts=on_aws,
)
nodes_policies = [
    iam.RolePolicyAttachment(
        f"gpu-{policy}", role=nodes_role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=on_aws
    )
    for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")
]
placement = ec2.PlacementGroup("gpu-placement", strategy="cluster", opts=on_aws)
# Local NVMe as one array: the NodeConfig of nodeadm, in base64.
USER_DATA = (
    "TUlNRS1WZXJzaW9uOiAxLjAKQ29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PSIvLyIKCi0tLy8KQ29udGVu"
    "dC1UeXBlOiBhcHBsaWNhdGlvbi9ub2RlLmVrcy5hd3MKCmFwaVZlcnNpb246IG5vZGUuZWtzLmF3cy92MWFscGhhMQpraW5kOiBO"
    "b2RlQ29uZmlnCnNwZWM6CiAgaW5zdGFuY2U6CiAgICBsb2NhbFN0b3JhZ2U6CiAgICAgIHN0cmF0ZWd5OiBSQUlEMAoKLS0vLy0t"
    "Cg=="
)
template = ec2.LaunchTemplate(
    "gpu-template",
    instance_type="p5.48xlarge",
    placement=ec2.LaunchTemplatePlacementArgs(group_name=placement.name),
    metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
        http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
    ),
    network_interfaces=[
        ec2.LaunchTemplateNetworkInterfaceArgs(
            network_card_index=card,
            device_index=0 if card == 0 else 1,
            interface_type="efa" if card == 0 else "efa-only",
            security_groups=[group.id],
            delete_on_termination="true",
        )
        for card in range(32)
    ],
    user_data=USER_DATA,
    opts=on_aws,
)
eks.NodeGroup(
    "gpu-nodes",
    cluster_name=cluster.name,
    node_role_arn=nodes_role.arn,
    subnet_ids=[private_a.id],
    ami_type="AL2023_x86_64_NVIDIA",
    scaling_config=eks.NodeGroupScalingConfigArgs(desired_size=4, min_size=0, max_size=4),
    launch_template=eks.NodeGroupLaunchTemplateArgs(
        id=template.id, version=template.latest_version.apply(lambda version: str(int(version)))
    ),
    labels={
        "aifactory/pool": "gpu",
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": "H100",
        "nvidia.com/gpu.count": "8",
    },
    taints=[eks.NodeGroupTaintArgs(key="nvidia.com/gpu", value="true", effect="NO_SCHEDULE")],
    opts=pulumi.ResourceOptions(provider=on_aws.provider, depends_on=nodes_policies),
)
pulumi.export("cluster", cluster.name)
