"""The aws plugin's diff: added, changed and removed keys are seen, and what AWS cannot change is replaced."""

import re
import subprocess
import sys
from collections.abc import Mapping

from host.cache import REPOSITORY
from host.documents import Values, text
from lab.plugins.aws.provider import AwsPlugin
from pulumi_plugin.server import Resource
from pulumi_plugin.values import UNKNOWN

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


def failures(kind: str, inputs: Values) -> Mapping[str, str]:
    return (
        AwsPlugin()
        .check(Resource.of(f"urn:pulumi:lab.platform::aifactory::{kind}::it"), {}, inputs, b"1234567")
        .failures
    )


def test_a_type_that_does_not_exist_says_so() -> None:
    assert "has no type aws:sqs/queu:Queu" in failures("aws:sqs/queu:Queu", {})[""]


RACE = """
from concurrent.futures import ThreadPoolExecutor
from lab.plugins.aws.schema import schema_of
kinds = ["aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable"] * 4
with ThreadPoolExecutor(len(kinds)) as pool:
    print([kind for kind, schema in zip(kinds, pool.map(schema_of, kinds)) if schema is None])
"""


def test_a_type_that_exists_is_not_refused_because_two_were_asked_about_at_once() -> None:
    """The engine asks about a dozen at the start; in a process of its own, as only there nothing is loaded yet."""
    done = subprocess.run([sys.executable, "-c", RACE], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_inputs_are_judged_by_the_types_of_pulumi_aws() -> None:
    wrong: Values = {
        "instanceTyp": "p5.48xlarge",
        "blockDeviceMappings": [{"deviceName": 3, "ebs": {"volumeSize": "large", "encrypted": "true", "size": 1}}],
        "networkInterfaces": {"a": 1},
        "tags": {"a": UNKNOWN},
    }
    assert set(failures("aws:ec2/launchTemplate:LaunchTemplate", wrong)) == {
        "instanceTyp",
        "blockDeviceMappings[0].deviceName",
        "blockDeviceMappings[0].ebs.volumeSize",
        "blockDeviceMappings[0].ebs.size",
        "networkInterfaces",
    }


def test_what_is_required_is_missed_at_every_depth() -> None:
    assert set(failures("aws:eks/cluster:Cluster", {"vpcConfig": {}})) == {"roleArn", "vpcConfig.subnetIds"}


def test_arguments_whose_name_another_type_has_are_found() -> None:
    kind = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    assert set(failures(kind, {"rule": {"defaultRetention": {"days": 1}}})) == {"bucket"}


def test_what_moto_does_not_serve_is_recorded_with_outputs_of_the_right_form() -> None:
    plugin = AwsPlugin()
    plugin.configure({"region": "eu-west-1"})
    lustre = Resource.of("urn:pulumi:lab.platform::aifactory::aws:fsx/lustreFileSystem:LustreFileSystem::it")
    identity, state = plugin.create(lustre, {"storageCapacity": 1200})
    assert re.fullmatch(r"fs-[0-9a-f]{17}", identity)
    assert state["arn"] == f"arn:aws:fsx:eu-west-1:123456789012:file-system/{identity}"
    assert state["dnsName"] == f"{identity}.fsx.eu-west-1.amazonaws.com"
    assert re.fullmatch(r"[0-9a-f]{8}", text(state["mountName"]))
    assert plugin.read(lustre, identity, {"storageCapacity": 1200}) == (state, {"storageCapacity": 1200})


def test_an_automatic_name_stays() -> None:
    resource = Resource.of("urn:pulumi:lab.platform::aifactory::aws:iam/role:Role::r")
    given: Values = {"assumeRolePolicy": "{}"}
    first = AwsPlugin().check(resource, {}, {**given}, b"1234567").inputs
    assert AwsPlugin().check(resource, first, {**given}, b"7654321").inputs == first
