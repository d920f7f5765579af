"""EC2: further blocks of addresses of a VPC."""

from collections.abc import Iterator

from host.documents import Values, mapping, sequence, text
from lab.plugins.aws.table import AwsType, Client

GONE = ("disassociating", "disassociated")


def _create(call: Client, inputs: Values) -> str:
    made = call("ec2", "associate_vpc_cidr_block", VpcId=inputs.get("vpcId"), CidrBlock=inputs.get("cidrBlock"))
    return text(mapping(made.get("CidrBlockAssociation")).get("AssociationId"))


def blocks(vpc: Values) -> Iterator[Values]:
    """The blocks of a VPC but its own, which comes and goes with it."""
    for block in map(mapping, sequence(vpc.get("CidrBlockAssociationSet"))):
        kept = mapping(block.get("CidrBlockState")).get("State") not in GONE
        if kept and block.get("CidrBlock") != vpc.get("CidrBlock"):
            yield block


def _read(call: Client, identity: str, inputs: Values) -> Values | None:
    for vpc in map(mapping, sequence(call("ec2", "describe_vpcs").get("Vpcs"))):
        for block in blocks(vpc):
            if block.get("AssociationId") == identity:
                return {"vpcId": vpc.get("VpcId"), "cidrBlock": block.get("CidrBlock")}
    return None


def _delete(call: Client, identity: str, _: Values) -> None:
    call("ec2", "disassociate_vpc_cidr_block", AssociationId=identity)


TYPES: dict[str, AwsType] = {
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": AwsType(
        properties=frozenset({"vpcId", "cidrBlock"}),
        create=_create,
        read=_read,
        delete=_delete,
        replaces=frozenset({"vpcId", "cidrBlock"}),
        computed=(),
    ),
}
