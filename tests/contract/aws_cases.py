"""The table of the aws plugin: every type that it serves."""

import json

from tests.contract.table import Case

VPC = "aws:ec2/vpc:Vpc"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
KEY = "aws:kms/key:Key"
CLUSTER = "aws:eks/cluster:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"


def trust(service: str) -> str:
    """Who may take a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TAGS = {"team": "ml", "stage": "test"}
OTHER_TAGS = {"team": "data", "stage": "test"}
MANAGED = "arn:aws:iam::aws:policy/"
NOTHING_IN_PLACE = "every property of it replaces it"

# What the cases below stand on, and what changes with none of them.
FOUNDATION = (
    Case(name="net", kind=VPC, first={"cidrBlock": "10.10.0.0/16"}),
    Case(name="net2", kind=VPC, first={"cidrBlock": "10.20.0.0/16"}),
    Case(name="door", kind=GATEWAY, first={"vpcId": "${net.id}"}),
    Case(name="place", kind=SUBNET, first={"vpcId": "${net.id}", "cidrBlock": "10.10.1.0/24"}),
    Case(name="place2", kind=SUBNET, first={"vpcId": "${net.id}", "cidrBlock": "10.10.2.0/24"}),
    Case(name="roads", kind=TABLE, first={"vpcId": "${net.id}"}),
    Case(name="roads2", kind=TABLE, first={"vpcId": "${net.id}"}),
    Case(name="service", kind=ROLE, first={"assumeRolePolicy": trust("eks.amazonaws.com")}, outputs=("name", "arn")),
    Case(name="seal", kind=KEY, first={"description": "of a test"}, outputs=("arn",)),
    Case(name="mould", kind=TEMPLATE, first={"instanceType": "p5.48xlarge"}, outputs=("latestVersion",)),
    Case(
        name="plane",
        kind=CLUSTER,
        first={"roleArn": "${service.arn}", "vpcConfig": {"subnetIds": ["${place.id}", "${place2.id}"]}},
        outputs=("name",),
    ),
)

CASES = (
    Case(
        name="vpc",
        kind=VPC,
        first={"cidrBlock": "10.30.0.0/16", "enableDnsHostnames": True, "tags": {**TAGS, "note": "${secret.hunter2}"}},
        changed={"tags": OTHER_TAGS},
        removed=("enableDnsHostnames", "tags.stage"),
        replaced={"cidrBlock": "10.31.0.0/16"},
    ),
    Case(
        name="block",
        kind=BLOCK,
        first={"vpcId": "${net.id}", "cidrBlock": "10.11.0.0/16"},
        replaced={"cidrBlock": "10.12.0.0/16"},
        lacks={"changed": NOTHING_IN_PLACE, "removed": "both of its properties are required"},
    ),
    Case(
        name="gateway",
        kind=GATEWAY,
        first={"vpcId": "${vpc.id}", "tags": TAGS},
        changed={"vpcId": "${net2.id}", "tags": OTHER_TAGS},
        removed=("tags.stage",),
        replaced={"tags": {"team": "third"}},
        replace_on_changes=("tags",),
    ),
    Case(
        name="subnet",
        kind=SUBNET,
        first={
            "vpcId": "${net.id}",
            "cidrBlock": "10.10.3.0/24",
            "availabilityZone": "us-east-1a",
            "mapPublicIpOnLaunch": True,
            "tags": TAGS,
        },
        changed={"tags": OTHER_TAGS},
        removed=("mapPublicIpOnLaunch", "tags.stage"),
        replaced={"cidrBlock": "10.10.4.0/24"},
    ),
    Case(
        name="table",
        kind=TABLE,
        first={
            "vpcId": "${net.id}",
            "routes": [
                {"cidrBlock": "0.0.0.0/0", "gatewayId": "${door.id}"},
                {"cidrBlock": "192.168.0.0/16", "gatewayId": "${door.id}"},
            ],
            "tags": TAGS,
        },
        changed={"routes": [{"cidrBlock": "172.16.0.0/12", "gatewayId": "${door.id}"}], "tags": OTHER_TAGS},
        removed=("routes", "tags.stage"),
        replaced={"vpcId": "${net2.id}"},
    ),
    Case(
        name="association",
        kind=ASSOCIATION,
        first={"subnetId": "${place.id}", "routeTableId": "${roads.id}"},
        replaced={"routeTableId": "${roads2.id}"},
        lacks={"changed": NOTHING_IN_PLACE, "removed": "both of its properties are required"},
    ),
    Case(
        name="group",
        kind=GROUP,
        first={
            "vpcId": "${net.id}",
            "description": "of a test",
            "ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}],
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}],
            "tags": TAGS,
        },
        changed={
            "ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 81, "cidrBlocks": ["10.0.0.0/8", "10.1.0.0/16"]}],
            "tags": OTHER_TAGS,
        },
        removed=("ingress", "tags.stage"),
        replaced={"description": "of another test"},
    ),
    Case(
        name="template",
        kind=TEMPLATE,
        first={
            "instanceType": "p5.48xlarge",
            "userData": "dGVzdA==",
            "networkInterfaces": [
                {
                    "networkCardIndex": card,
                    "deviceIndex": min(card, 1),
                    "interfaceType": "efa",
                    "deleteOnTermination": "true",
                }
                for card in range(2)
            ],
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
            "tags": TAGS,
        },
        changed={"instanceType": "p4d.24xlarge", "tags": OTHER_TAGS},
        removed=("metadataOptions", "networkInterfaces", "userData", "tags.stage"),
        replaced={"name": "template-by-another-name"},
    ),
    Case(
        name="placement",
        kind=PLACEMENT,
        first={"strategy": "cluster", "tags": TAGS},
        changed={"tags": OTHER_TAGS},
        removed=("tags.stage",),
        replaced={"strategy": "spread"},
        replace_on_changes=("strategy",),
        lacks={
            "live": "moto 5.2 has no CreatePlacementGroup: it is recorded in the state alone",
            "import": "what is recorded nowhere else cannot be read back",
        },
    ),
    Case(
        name="bucket",
        kind=BUCKET,
        first={"bucket": "example-of-a-test", "tags": TAGS},
        changed={"tags": OTHER_TAGS},
        removed=("tags.stage",),
        replaced={"bucket": "example-by-another-name"},
    ),
    Case(
        name="role",
        kind=ROLE,
        first={"assumeRolePolicy": trust("ec2.amazonaws.com"), "description": "of a test", "tags": TAGS},
        changed={"assumeRolePolicy": trust("eks.amazonaws.com"), "tags": OTHER_TAGS},
        removed=("description", "tags.stage"),
        replaced={"path": "/aifactory/"},
    ),
    Case(
        name="attachment",
        kind=ATTACHMENT,
        first={"role": "${service.name}", "policyArn": f"{MANAGED}AmazonEKSClusterPolicy"},
        replaced={"policyArn": f"{MANAGED}AmazonEKSWorkerNodePolicy"},
        lacks={"changed": NOTHING_IN_PLACE, "removed": "both of its properties are required"},
    ),
    Case(
        name="key",
        kind=KEY,
        first={"description": "a key", "enableKeyRotation": True, "deletionWindowInDays": 7, "tags": TAGS},
        changed={"description": "the key", "tags": OTHER_TAGS},
        removed=("enableKeyRotation", "tags.stage"),
        replaced={"description": "another key"},
        replace_on_changes=("description",),
        unreadable=("deletionWindowInDays",),
    ),
    Case(
        name="cluster",
        kind=CLUSTER,
        first={
            "roleArn": "${service.arn}",
            "vpcConfig": {
                "subnetIds": ["${place.id}", "${place2.id}"],
                "endpointPrivateAccess": True,
            },
            "encryptionConfig": {"provider": {"keyArn": "${seal.arn}"}, "resources": ["secrets"]},
            "tags": TAGS,
        },
        changed={
            "vpcConfig": {
                "subnetIds": ["${place.id}", "${place2.id}"],
                "endpointPrivateAccess": True,
                "endpointPublicAccess": False,
            },
            "tags": OTHER_TAGS,
        },
        removed=("vpcConfig.endpointPublicAccess", "tags.stage"),
        replaced={"name": "cluster-by-another-name"},
        lacks={"version": "moto 5.2 has no UpdateClusterVersion: another version is an error of the API"},
    ),
    Case(
        name="nodes",
        kind=NODES,
        first={
            "clusterName": "${plane.name}",
            "nodeRoleArn": "${service.arn}",
            "subnetIds": ["${place.id}"],
            "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": 1},
            "launchTemplate": {"id": "${mould.id}", "version": "${mould.latestVersion}"},
            "labels": {"pool": "gpu", "stage": "test"},
            "taints": [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}],
            "tags": TAGS,
        },
        changed={
            "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": 2},
            "labels": {"pool": "efa", "stage": "test"},
        },
        removed=("taints", "labels.stage"),
        replaced={"subnetIds": ["${place2.id}"]},
        lacks={
            "tags": "moto 5.2 tags clusters alone: another tag is recorded",
            "launchTemplate": "moto 5.2 has no UpdateNodegroupVersion: another template is recorded",
        },
    ),
)
