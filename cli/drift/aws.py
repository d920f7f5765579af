"""Asks AWS what stands beside what a layer declared, by the provider's own region, profile and endpoints."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound
from botocore.session import Session

from cli.drift.beside import Beside
from cli.drift.buckets import bucket_differences
from cli.drift.findings import Difference
from cli.drift.refresh import Comparison, Deployed
from components.preflight.answers import asked
from components.preflight.questions import NoAnswer, Why
from host.documents import mapping, sequence, text

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import IpPermissionOutputTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

BUCKET = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
KEY, GROUP, ROLE = "aws:kms/key:Key", "aws:ec2/securityGroup:SecurityGroup", "aws:iam/role:Role"
ATTACHMENT, ROLE_POLICY = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/rolePolicy:RolePolicy"
# Rules that the load balancer controller and Kubernetes itself add to groups of nodes, by their descriptions.
CONTROLLERS = ("elbv2.k8s.aws/", "kubernetes.io/rule/")


class Aws:
    """Clients of the account and the region of one provider."""

    def __init__(self, settings: Mapping[str, object], files: Mapping[str, str]) -> None:
        """`settings`: the provider's. `files`: where AWS's files are, by the variables that name them.

        Raises NoAnswer where the provider's profile is unknown.
        """
        session = Session(profile=text(settings.get("profile")) or None)
        for name, variable in (("credentials_file", "AWS_SHARED_CREDENTIALS_FILE"), ("config_file", "AWS_CONFIG_FILE")):
            if variable in files:
                session.set_config_variable(name, files[variable])
        self._region = text(settings.get("region"))
        try:
            self._session = boto3.Session(botocore_session=session, region_name=self._region or None)
        except ProfileNotFound as error:
            raise NoAnswer(Why.CREDENTIALS, "profile", str(error)) from error
        self._endpoints: dict[str, str] = {}
        for entry in sequence(_decoded(settings.get("endpoints"))):
            self._endpoints.update({service: text(url) for service, url in mapping(entry).items()})

    @property
    def s3(self) -> "S3Client":
        return cast("S3Client", self._client("s3"))

    @property
    def kms(self) -> "KMSClient":
        return cast("KMSClient", self._client("kms"))

    @property
    def ec2(self) -> "EC2Client":
        return cast("EC2Client", self._client("ec2"))

    @property
    def iam(self) -> "IAMClient":
        return cast("IAMClient", self._client("iam"))

    def _client(self, service: str) -> object:
        endpoint = self._endpoints.get(service)
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            s3={"addressing_style": "path"} if endpoint else None,
        )
        make = cast("Callable[..., object]", self._session.client)
        return asked(f"{service}:client", lambda: make(service, endpoint_url=endpoint or None, config=config))


def ask(layer: Comparison, files: Mapping[str, str], beside: Beside) -> None:
    """Asks about each bucket, key, group and role of a layer that stands."""
    gone = {(one.type, one.name) for one in layer.differences if not one.path and one.found is None}
    for provider in dict.fromkeys(one.provider for one in layer.resources if one.type.startswith("aws:")):
        mine = [one for one in layer.resources if one.provider == provider and (one.type, one.name) not in gone]
        everything = [one for one in layer.resources if one.provider == provider]
        try:
            aws = Aws(layer.provider_of(mine[0]) if mine else {}, files)
        except NoAnswer as error:
            beside.unanswered.append(f"{layer.stack}: {error}")
            continue
        for one in mine:
            question = _question(aws, layer.stack, one, everything)
            if question:
                beside.ask(f"{layer.stack}: {one.type} {one.name}", question)


def _question(
    aws: Aws, stack: str, one: Deployed, everything: list[Deployed]
) -> Callable[[], Iterator[Difference]] | None:
    if one.type in BUCKET:
        return lambda: bucket_differences(aws.s3, stack, one, everything)
    if one.type == KEY:
        return lambda: _key(aws.kms, stack, one)
    if one.type == GROUP:
        return lambda: _group(aws.ec2, stack, one, everything)
    if one.type == ROLE:
        return lambda: _role(aws.iam, stack, one, everything)
    return None


def _key(kms: "KMSClient", stack: str, one: Deployed) -> Iterator[Difference]:
    found = asked("kms:DescribeKey", lambda: kms.describe_key(KeyId=one.id)["KeyMetadata"].get("KeyState", ""))
    if found != "Enabled":
        yield Difference(
            stack=stack, type=one.type, name=one.name, path="keyState", declared="Enabled", found=str(found)
        )


def _group(ec2: "EC2Client", stack: str, one: Deployed, everything: list[Deployed]) -> Iterator[Difference]:
    """Rules that let in, and that neither the group nor a rule of its own declares."""
    found = asked("ec2:DescribeSecurityGroups", lambda: ec2.describe_security_groups(GroupIds=[one.id]))
    live = {
        rule
        for group in found["SecurityGroups"]
        for part in group.get("IpPermissions", [])
        for rule in live_rules(part)
    }
    declared = {rule for part in sequence(one.inputs.get("ingress")) for rule in _declared(mapping(part), one.id)}
    for other in everything:
        if other.type.endswith(":SecurityGroupIngressRule") and text(other.inputs.get("securityGroupId")) == one.id:
            declared |= set(_declared_alone(other))
        if other.type.endswith(":SecurityGroupRule") and text(other.inputs.get("securityGroupId")) == one.id:
            declared |= set(_declared(other.inputs, one.id))
    more = sorted(live - declared)
    if more:
        yield Difference(
            stack=stack,
            type=one.type,
            name=one.name,
            path="ingress",
            declared=sorted(declared),
            found=sorted({*declared, *more}),
        )


def live_rules(part: "IpPermissionOutputTypeDef") -> Iterator[str]:
    head = _head(part.get("IpProtocol"), part.get("FromPort"), part.get("ToPort"))
    sources = [
        *((one.get("CidrIp"), one.get("Description", "")) for one in part.get("IpRanges", [])),
        *((one.get("CidrIpv6"), one.get("Description", "")) for one in part.get("Ipv6Ranges", [])),
        *((one.get("GroupId"), one.get("Description", "")) for one in part.get("UserIdGroupPairs", [])),
        *((one.get("PrefixListId"), one.get("Description", "")) for one in part.get("PrefixListIds", [])),
    ]
    for source, description in sources:
        if source and not description.startswith(CONTROLLERS):
            yield f"{head} {source}"


def _declared(rule: Mapping[str, object], group: str) -> Iterator[str]:
    head = _head(rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"))
    for key in ("cidrBlocks", "ipv6CidrBlocks", "securityGroups", "prefixListIds"):
        for source in sequence(rule.get(key)):
            yield f"{head} {source}"
    if rule.get("sourceSecurityGroupId"):
        yield f"{head} {rule['sourceSecurityGroupId']}"
    if rule.get("self") is True:
        yield f"{head} {group}"


def _declared_alone(rule: Deployed) -> Iterator[str]:
    head = _head(rule.inputs.get("ipProtocol"), rule.inputs.get("fromPort"), rule.inputs.get("toPort"))
    for key in ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId"):
        if rule.inputs.get(key):
            yield f"{head} {rule.inputs[key]}"


def _head(protocol: object, low: object, high: object) -> str:
    name = str(protocol or "-1")
    return "any" if name == "-1" else f"{name} {low}-{high}"


def _role(iam: "IAMClient", stack: str, one: Deployed, everything: list[Deployed]) -> Iterator[Difference]:
    """Policies of a role that nobody declared."""
    attached = asked(
        "iam:ListAttachedRolePolicies",
        lambda: [
            text(policy.get("PolicyArn"))
            for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=one.id)
            for policy in page["AttachedPolicies"]
        ],
    )
    inline = asked(
        "iam:ListRolePolicies",
        lambda: [
            name
            for page in iam.get_paginator("list_role_policies").paginate(RoleName=one.id)
            for name in page["PolicyNames"]
        ],
    )
    for path, key, found, kind, input_name in (
        ("managedPolicyArns", "managedPolicyArns", attached, ATTACHMENT, "policyArn"),
        ("inlinePolicies", "inlinePolicies", inline, ROLE_POLICY, "name"),
    ):
        own = [text(part) or text(mapping(part).get("name")) for part in sequence(one.inputs.get(key))]
        apart = [
            text(other.inputs.get(input_name))
            for other in everything
            if other.type == kind and text(other.inputs.get("role")) in (one.id, text(one.outputs.get("name")))
        ]
        declared = sorted({*own, *apart})
        more = sorted(set(found) - set(declared))
        if more:
            yield Difference(
                stack=stack,
                type=one.type,
                name=one.name,
                path=path,
                declared=declared,
                found=sorted({*declared, *more}),
            )


def _decoded(value: object) -> object:
    """What is said of a provider: the SDK sends all but texts as JSON."""
    return cast("object", json.loads(value)) if isinstance(value, str) and value else value
