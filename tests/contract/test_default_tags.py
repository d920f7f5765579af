"""The provider's default tags in the lab's aws plugin: on everything that moto has, and told apart from a resource's own."""

import json
from collections.abc import Generator, Mapping

import pytest

from host.documents import Values, mapping, sequence
from lab.plugins.aws.provider import AwsPlugin
from lab.plugins.aws.table import tag_map
from pulumi_plugin.server import Resource
from pulumi_plugin.values import UNKNOWN
from tests.contract.aws_cases import BUCKET, KEY, PLACEMENT, ROLE, VPC, trust
from tests.contract.existing import REGION, SERVICES
from tests.contract.servers import moto

DEFAULTS: Mapping[str, str] = {"aifactory:environment": "aws", "aifactory:layer": "platform"}
OWN: Values = {"team": "ml"}
FIRST: Mapping[str, Values] = {
    VPC: {"cidrBlock": "10.0.0.0/16"},
    ROLE: {"name": "it", "assumeRolePolicy": trust("ec2.amazonaws.com")},
    KEY: {"description": "of a test"},
    BUCKET: {"bucket": "default-tags-of-a-test"},
    PLACEMENT: {"strategy": "cluster"},
}
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
AUTOSCALING = "aws:autoscaling/group:Group"


@pytest.fixture(scope="module")
def endpoint() -> Generator[str]:
    with moto() as url:
        yield url


def plugin(endpoint: str, defaults: Mapping[str, str]) -> AwsPlugin:
    """As the SDK configures it: everything but texts is JSON."""
    made = AwsPlugin()
    tags = {"defaultTags": json.dumps({"tags": defaults})} if defaults else {}
    made.configure({"region": REGION, "endpoints": json.dumps([dict.fromkeys(SERVICES, endpoint)]), **tags})
    return made


def resource(kind: str) -> Resource:
    return Resource.of(f"urn:pulumi:lab.platform::aifactory::{kind}::it")


def checked(aws: AwsPlugin, kind: str, inputs: Values) -> Values:
    found = aws.check(resource(kind), {}, dict(inputs), b"1234567")
    assert found.failures == {}
    return found.inputs


@pytest.mark.parametrize("kind", [VPC, ROLE, KEY, BUCKET, PLACEMENT])
def test_everything_that_is_made_has_them_and_a_refresh_shows_no_drift(endpoint: str, kind: str) -> None:
    aws = plugin(endpoint, DEFAULTS)
    inputs = checked(aws, kind, {**FIRST[kind], "tags": OWN})
    identity, state = aws.create(resource(kind), inputs)
    assert (state["tags"], state["tagsAll"]) == (OWN, {**DEFAULTS, **OWN})
    read = aws.read(resource(kind), identity, inputs)
    assert read is not None
    assert read[1] == inputs
    assert read[0]["tagsAll"] == {**DEFAULTS, **OWN}
    # Another default is a change, of which AWS is told.
    other = plugin(endpoint, {"aifactory:environment": "other"})
    changed = checked(other, kind, {**FIRST[kind], "tags": OWN})
    assert other.diff(resource(kind), inputs, changed).keys == ("tagsAll",)
    after = other.update(resource(kind), identity, inputs, changed)
    assert (after["tags"], after["tagsAll"]) == (OWN, {"aifactory:environment": "other", **OWN})
    # None are none again.
    bare = plugin(endpoint, {})
    last = bare.update(resource(kind), identity, changed, checked(bare, kind, {**FIRST[kind], "tags": OWN}))
    assert last["tags"] == OWN
    aws.delete(resource(kind), identity, inputs, state)


def test_moto_has_them_as_tags(endpoint: str) -> None:
    aws = plugin(endpoint, DEFAULTS)
    identity, _ = aws.create(resource(VPC), checked(aws, VPC, FIRST[VPC]))
    (vpc,) = sequence(aws.call("ec2", "describe_vpcs", VpcIds=[identity])["Vpcs"])
    assert tag_map(mapping(vpc)["Tags"]) == DEFAULTS
    aws.call("ec2", "delete_tags", Resources=[identity], Tags=[{"Key": "aifactory:layer"}])
    read = aws.read(resource(VPC), identity, checked(aws, VPC, FIRST[VPC]))
    assert read is not None
    assert read[1]["tagsAll"] == {"aifactory:environment": "aws"}


def test_an_import_takes_them_for_no_tags_of_its_own(endpoint: str) -> None:
    aws = plugin(endpoint, DEFAULTS)
    inputs = checked(aws, VPC, {**FIRST[VPC], "tags": OWN})
    identity, _ = aws.create(resource(VPC), inputs)
    read = aws.read(resource(VPC), identity, {})
    assert read is not None
    assert read[1] == inputs


def test_a_tag_of_its_own_comes_first() -> None:
    aws = plugin("http://127.0.0.1:1", DEFAULTS)
    own: Values = {"aifactory:layer": "vault"}
    assert checked(aws, VPC, {**FIRST[VPC], "tags": own})["tagsAll"] == {**DEFAULTS, **own}


@pytest.mark.parametrize("tags", [UNKNOWN, {"team": UNKNOWN}])
def test_what_is_not_known_yet_stays_unknown(tags: object) -> None:
    aws = plugin("http://127.0.0.1:1", DEFAULTS)
    assert checked(aws, VPC, {**FIRST[VPC], "tags": tags})["tagsAll"] == UNKNOWN


def test_what_can_have_no_tags_has_none() -> None:
    aws = plugin("http://127.0.0.1:1", DEFAULTS)
    assert "tagsAll" not in checked(aws, ATTACHMENT, {"role": "it", "policyArn": "arn:aws:iam::aws:policy/it"})
    # Its tags are a list, each with whether instances get it.
    assert "tagsAll" not in checked(aws, AUTOSCALING, {"maxSize": 1, "minSize": 0})


def test_without_them_nothing_differs() -> None:
    aws = plugin("http://127.0.0.1:1", {})
    inputs = checked(aws, VPC, {**FIRST[VPC], "tags": OWN})
    assert inputs == {**FIRST[VPC], "tags": OWN}
    assert aws.diff(resource(VPC), {**FIRST[VPC], "tags": OWN}, inputs).keys == ()
