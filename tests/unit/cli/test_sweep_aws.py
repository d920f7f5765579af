"""The questions of a sweep, asked of moto: what controllers leave is made there as they make it."""

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, cast
from urllib.request import Request, urlopen

import pytest
from botocore.session import Session

from cli.sweep.aws import AwsQuestions
from cli.sweep.leftovers import Leftover, State, sweep
from components.accelerators import AwsAccess
from components.preflight.questions import NoAnswer, Why
from stacks.names import ENVIRONMENT_TAG, LAYER_TAG
from stacks.recovery.tags import Owner
from tests.local_moto import local_moto

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef

REGION, ENV, CLUSTER = "us-east-1", "aws", "aws-platform-cluster"
URN = "urn:pulumi:aws.platform::aifactory::aifactory:{component}${kind}::{name}"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with local_moto() as url:
        # moto keeps what it was told for as long as its process lives, which is that of all tests.
        urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()
        yield url


class Account:
    """moto, spoken to by botocore's own operations."""

    def __init__(self, endpoint: str) -> None:
        self.ask = AwsQuestions(AwsAccess(region=REGION, endpoint=endpoint))
        self._endpoint, self._session, self._clients = endpoint, Session(), dict[str, object]()
        self.ec2 = cast("EC2Client", self.client("ec2"))

    def client(self, service: str) -> object:
        if service not in self._clients:
            made = self._session.create_client(service, region_name=REGION, endpoint_url=self._endpoint)
            self._clients[service] = cast("object", made)
        return self._clients[service]

    def does(self, service: str, operation: str, **arguments: object) -> dict[str, object]:
        call = cast("Callable[..., dict[str, object]]", getattr(self.client(service), operation))
        return call(**arguments)

    def vpc(self, tags: dict[str, str]) -> str:
        made = self.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specified("vpc", tags))
        return made["Vpc"].get("VpcId", "")

    def subnet(self, vpc: str, tags: dict[str, str]) -> str:
        made = self.ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{len(tags)}.0/24", TagSpecifications=specified("subnet", tags)
        )
        return made["Subnet"].get("SubnetId", "")

    def swept(self) -> dict[str, Leftover]:
        found = sweep(ENV, CLUSTER, self.ask)
        assert found.unanswered == ()
        return {one.arn.rpartition(":")[2].rpartition("/")[2]: one for one in found.leftovers}


def specified(kind: "ResourceTypeType", tags: dict[str, str]) -> "Sequence[TagSpecificationTypeDef]":
    found: list[TagSpecificationTypeDef] = [
        {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    ]
    return found if tags else []


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def own(component: str, kind: str, name: str, layer: str = "platform") -> dict[str, str]:
    """Tags of what the program made."""
    urn = URN.format(component=component, kind=kind, name=name)
    return {ENVIRONMENT_TAG: ENV, LAYER_TAG: layer, **Owner(urn).tags()}


VPC = own("network:Network", "aws:ec2/vpc:Vpc", "network-vpc")


def test_an_empty_account_is_clean(endpoint: str) -> None:
    account = Account(endpoint)
    account.vpc({})
    account.vpc({ENVIRONMENT_TAG: "other"})
    found = sweep(ENV, CLUSTER, account.ask)
    assert (found.leftovers, found.unanswered, found.clean) == ((), (), True)


def test_a_network_that_a_load_balancer_keeps(endpoint: str) -> None:
    account = Account(endpoint)
    vpc = account.vpc(VPC)
    subnet = account.subnet(vpc, own("network:Network", "aws:ec2/subnet:Subnet", "network-private"))
    tags = {"elbv2.k8s.aws/cluster": CLUSTER, "ingress.k8s.aws/stack": "factory/entry"}
    group = account.ec2.create_security_group(
        GroupName="k8s-factory", Description="[k8s]", VpcId=vpc, TagSpecifications=specified("security-group", tags)
    )["GroupId"]
    balancer = account.does(
        "elbv2", "create_load_balancer", Name="k8s-factory", Subnets=[subnet], SecurityGroups=[group], Tags=listed(tags)
    )
    arn = str(cast("list[dict[str, object]]", balancer["LoadBalancers"])[0]["LoadBalancerArn"])
    on = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    account.does("elbv2", "modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=on)
    interface = account.ec2.create_network_interface(
        SubnetId=subnet, Groups=[group], Description="ELB app/k8s-factory/1"
    )["NetworkInterface"].get("NetworkInterfaceId", "")
    found = account.swept()
    assert {one.state for one in found.values()} == {State.LEFT}
    for place in (vpc, subnet, group):
        assert found[place].keeps == f"{interface} (ELB app/k8s-factory/1)"
    assert found[interface].keeps == "ELB app/k8s-factory/1"
    assert found[vpc].what == "ec2:vpc: network-vpc (aws:ec2/vpc:Vpc)"
    assert found[group].what == "ec2:security-group of factory/entry"
    assert found[arn.rpartition("/")[2]].keeps == "its deletion protection is on"


def test_nodes_and_volumes_of_controllers(endpoint: str) -> None:
    account = Account(endpoint)
    karpenter = {f"kubernetes.io/cluster/{CLUSTER}": "owned", "karpenter.sh/nodepool": "gpu"}

    def node(tags: dict[str, str]) -> str:
        made = account.ec2.run_instances(
            ImageId="ami-12345678",
            InstanceType="g5.xlarge",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=specified("instance", tags),
        )
        return made["Instances"][0].get("InstanceId", "")

    def volume(tags: dict[str, str]) -> str:
        zone = f"{REGION}a"
        made = account.ec2.create_volume(AvailabilityZone=zone, Size=1, TagSpecifications=specified("volume", tags))
        return made.get("VolumeId", "")

    left, ended, others = node(karpenter), node(karpenter), node({"kubernetes.io/cluster/other": "owned"})
    account.ec2.terminate_instances(InstanceIds=[ended])
    claim = {
        "CSIVolumeName": "pvc-1",
        "ebs.csi.aws.com/cluster": "true",
        "kubernetes.io/created-for/pvc/namespace": "factory",
        "kubernetes.io/created-for/pvc/name": "mlflow",
    }
    attached = volume({**claim, f"kubernetes.io/cluster/{CLUSTER}": "owned"})
    account.ec2.attach_volume(Device="/dev/sdf", InstanceId=left, VolumeId=attached)
    unnamed, foreign = volume(claim), volume({**claim, "kubernetes.io/cluster/other": "owned"})
    found = account.swept()
    assert not {others, foreign} & set(found)
    assert found[left].what == "ec2:instance of Karpenter's pool gpu"
    assert (found[left].state, found[ended].state) == (State.LEFT, State.ENDING)
    assert "Karpenter made it" in found[left].keeps
    assert found[attached].what == "ec2:volume of the claim factory/mlflow"
    assert (found[attached].state, found[attached].keeps) == (State.LEFT, f"it is attached to {left}")
    assert found[unnamed].state is State.UNCLEAR


def test_what_uses_the_subnets_of_others_is_not_the_clusters(endpoint: str) -> None:
    account = Account(endpoint)
    vpc = account.vpc({f"kubernetes.io/cluster/{CLUSTER}": "shared"})
    assert vpc not in account.swept()


def test_a_cluster_that_was_not_deleted(endpoint: str) -> None:
    account = Account(endpoint)
    vpc = account.vpc({})
    subnet = account.subnet(vpc, {})
    role = "arn:aws:iam::123456789012:role/it"
    account.does("eks", "create_cluster", name=CLUSTER, roleArn=role, resourcesVpcConfig={"subnetIds": [subnet]})
    account.does("eks", "create_nodegroup", clusterName=CLUSTER, nodegroupName="gpu", nodeRole=role, subnets=[subnet])
    assert account.swept()[CLUSTER].keeps == "its node groups gpu"


def test_keys_buckets_roles_and_logs(endpoint: str) -> None:
    account = Account(endpoint)

    def key(component: str, name: str) -> str:
        tags = own(component, "aws:kms/key:Key", name)
        made = account.does("kms", "create_key", Tags=[{"TagKey": k, "TagValue": v} for k, v in tags.items()])
        return str(cast("dict[str, object]", made["KeyMetadata"])["KeyId"])

    def bucket(name: str, tags: dict[str, str]) -> str:
        account.does("s3", "create_bucket", Bucket=name)
        account.does("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": listed(tags)})
        return name

    ending, left, kept = key("cluster:Cluster", "a"), key("cluster:Cluster", "b"), key("filesystem:Filesystem", "c")
    account.does("kms", "schedule_key_deletion", KeyId=ending, PendingWindowInDays=30)
    vault = bucket("example-vault", own("vault:VaultBucket", "aws:s3/bucket:Bucket", "vault-bucket", "vault"))
    full = bucket("example-full", own("other:Other", "aws:s3/bucket:Bucket", "full"))
    account.does("s3", "put_object", Bucket=full, Key="it", Body=b"it")
    account.does(
        "iam",
        "create_role",
        RoleName="system-role",
        AssumeRolePolicyDocument="{}",
        Tags=listed(own("system_pool:SystemPool", "aws:iam/role:Role", "system-role")),
    )
    account.does("iam", "create_role", RoleName="other", AssumeRolePolicyDocument="{}")
    account.does("logs", "create_log_group", logGroupName=f"/aws/eks/{CLUSTER}/cluster")
    account.does("logs", "create_log_group", logGroupName="/aws/eks/other/cluster")
    found = account.swept()
    assert set(found) == {ending, left, kept, vault, full, "system-role", "cluster"}
    assert found[ending].state is State.ENDING
    assert found[ending].keeps.startswith("KMS deletes it on 2")
    assert (found[left].state, found[kept].state, found[vault].state) == (State.LEFT, State.KEPT, State.KEPT)
    assert found[full].keeps == "it holds objects, or versions of them"
    assert found["cluster"].keeps == "it was made again for last lines that came after its end"
    assert found["system-role"].what == "iam:role: system-role (aws:iam/role:Role)"


def test_gateways_and_endpoints_that_ec2_lists_for_an_hour(endpoint: str) -> None:
    account = Account(endpoint)
    vpc = account.vpc(VPC)
    subnet = account.subnet(vpc, VPC)
    tags = own("network:Network", "aws:ec2/natGateway:NatGateway", "network-nat")
    gateway = account.ec2.create_nat_gateway(
        SubnetId=subnet, ConnectivityType="private", TagSpecifications=specified("natgateway", tags)
    )["NatGateway"].get("NatGatewayId", "")
    account.ec2.delete_nat_gateway(NatGatewayId=gateway)
    found = account.swept()
    # moto forgets a gateway at once.
    assert gateway not in found or found[gateway].state is State.ENDING


def test_whoever_is_not_signed_in_gets_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none-of-that-name")
    with pytest.raises(NoAnswer) as caught:
        sweep(ENV, CLUSTER, AwsQuestions(AwsAccess(region=REGION)))
    assert caught.value.why is Why.CREDENTIALS


def test_nothing_answers_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(NoAnswer) as caught:
        sweep(ENV, CLUSTER, AwsQuestions(AwsAccess(region=REGION, endpoint="http://127.0.0.1:1")))
    assert caught.value.why is Why.UNREACHABLE
