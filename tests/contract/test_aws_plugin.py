"""The aws plugin against moto: each type is made, read, changed and removed, with ids and ARNs in AWS's forms."""

import json
import re
from collections.abc import Generator

import pytest
from moto.server import ThreadedMotoServer

from host.documents import Values, text
from lab.plugins.aws.provider import TYPES, AwsPlugin
from pulumi_plugin.server import PluginError, Resource

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
TAGS: Values = {"team": "ml"}
SERVICES = ("ec2", "eks", "iam", "kms", "sts")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[AwsPlugin]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    plugin = AwsPlugin()
    plugin.configure({"region": "eu-west-1", "endpoints": [dict.fromkeys(SERVICES, f"http://{host}:{port}")]})
    yield plugin
    server.stop()


def resource(kind: str, name: str) -> Resource:
    return Resource.of(f"urn:pulumi:lab.platform::aifactory::{kind}::{name}")


def made(aws: AwsPlugin, kind: str, **inputs: object) -> tuple[str, Values]:
    checked = aws.check(resource(kind, "it"), {}, dict(inputs), b"1234567")
    assert checked.failures == {}
    return aws.create(resource(kind, "it"), checked.inputs)


def test_a_network_goes_through_its_life(aws: AwsPlugin) -> None:
    kind = "aws:ec2/vpc:Vpc"
    inputs: Values = {"cidrBlock": "10.0.0.0/16", "tags": TAGS}
    identity, state = made(aws, kind, **inputs)
    assert re.fullmatch(r"vpc-[0-9a-f]{17}", identity)
    assert re.fullmatch(rf"arn:aws:ec2:eu-west-1:\d{{12}}:vpc/{identity}", text(state["arn"]))
    changed: Values = {**inputs, "enableDnsHostnames": True, "tags": {"team": "data"}}
    after = aws.update(resource(kind, "it"), identity, inputs, changed)
    assert (after["enableDnsHostnames"], after["tags"]) == (True, {"team": "data"})
    subnet, _ = made(
        aws, "aws:ec2/subnet:Subnet", vpcId=identity, cidrBlock="10.0.1.0/24", availabilityZone="eu-west-1a"
    )
    assert re.fullmatch(r"subnet-[0-9a-f]{17}", subnet)
    group, _ = made(aws, "aws:ec2/securityGroup:SecurityGroup", vpcId=identity, description="of a test")
    assert re.fullmatch(r"sg-[0-9a-f]{17}", group)
    for gone, kept in ((subnet, "aws:ec2/subnet:Subnet"), (group, "aws:ec2/securityGroup:SecurityGroup")):
        aws.delete(resource(kept, "it"), gone, {"vpcId": identity}, {})
        assert aws.read(resource(kept, "it"), gone, {}) is None
    aws.delete(resource(kind, "it"), identity, changed, after)
    assert aws.read(resource(kind, "it"), identity, changed) is None
    # Removed behind our back is removed all the same.
    aws.delete(resource(kind, "it"), identity, changed, after)


def test_a_role_and_a_key_have_arns(aws: AwsPlugin) -> None:
    name, role = made(aws, "aws:iam/role:Role", assumeRolePolicy=TRUST)
    assert re.fullmatch(r"it-[0-9a-f]{7}", name)
    assert re.fullmatch(rf"arn:aws:iam::\d{{12}}:role/{name}", text(role["arn"]))
    key, state = made(aws, "aws:kms/key:Key", description="of a test", enableKeyRotation=True)
    assert re.fullmatch(r"[0-9a-f-]{36}", key)
    assert re.fullmatch(rf"arn:aws:kms:eu-west-1:\d{{12}}:key/{key}", text(state["arn"]))
    assert state["enableKeyRotation"] is True


def test_what_aws_refuses_is_one_line(aws: AwsPlugin) -> None:
    with pytest.raises(PluginError) as caught:
        made(aws, "aws:ec2/subnet:Subnet", vpcId="vpc-00000000000000000", cidrBlock="10.0.1.0/24")
    assert "create_subnet" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_type_can_be_made_read_and_removed() -> None:
    assert all(callable(kind.create) and callable(kind.read) and callable(kind.delete) for kind in TYPES.values())
    assert not any(kind.recorded for kind in TYPES.values())
