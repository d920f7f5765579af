"""The aws plugin's diff: added, changed and removed keys are seen, and what AWS cannot change is replaced."""

from host.documents import Values
from lab.plugins.aws.provider import AwsPlugin
from pulumi_plugin.server import Resource

VPC = Resource.of("urn:pulumi:lab.platform::aifactory::aws:ec2/vpc:Vpc::network-vpc")


def test_added_changed_and_removed_keys() -> None:
    old: Values = {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "tags": {"a": "1"}}
    new: Values = {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"a": "2"}}
    change = AwsPlugin().diff(VPC, old, new)
    assert change.keys == ("enableDnsHostnames", "enableDnsSupport", "tags")
    assert change.replaces == ()


def test_another_block_is_another_vpc() -> None:
    change = AwsPlugin().diff(VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"})
    assert change.replaces == ("cidrBlock",)


def test_a_type_that_is_not_served_says_so() -> None:
    resource = Resource.of("urn:pulumi:lab.platform::aifactory::aws:sqs/queue:Queue::q")
    assert "not served" in AwsPlugin().check(resource, {}, {}, b"1234567").failures[""]


def test_an_automatic_name_stays() -> None:
    resource = Resource.of("urn:pulumi:lab.platform::aifactory::aws:iam/role:Role::r")
    first = AwsPlugin().check(resource, {}, {}, b"1234567").inputs
    assert AwsPlugin().check(resource, first, {}, b"7654321").inputs == first
