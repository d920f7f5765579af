"""The record of every flow in a VPC."""

import json

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from components.network.spec import NetworkSpec
from components.partition import partition_of

# VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs"; without logs:CreateLogGroup, so that a record
# that arrives after the group was destroyed does not bring it back, outside every stack and kept for ever.
WRITES = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]


def flow_logs(name: str, network: ec2.Vpc, spec: NetworkSpec, parent: pulumi.Resource) -> ec2.FlowLog:
    """Makes a log group, the role by which EC2 writes to it, and the flow log of all accepted and refused traffic."""
    group = cloudwatch.LogGroup(
        f"{name}-flows",
        retention_in_days=spec.flow_log_days,
        tags={"Name": f"{name}-flows"},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    role = iam.Role(
        f"{name}-flows",
        assume_role_policy=network.arn.apply(lambda arn: _trust(spec.region, _account(arn))),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    policy = iam.RolePolicy(
        f"{name}-flows",
        role=role.id,
        policy=group.arn.apply(_policy),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return ec2.FlowLog(
        f"{name}-flows",
        vpc_id=network.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags={"Name": f"{name}-flows"},
        # EC2 writes at once, and notes "Access error" where the role may not yet.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _trust(region: str, account: str) -> str:
    source = f"arn:{partition_of(region)}:ec2:{region}:{account}:vpc-flow-log/*"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    # One name in every partition.
                    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    # Else the service could be made to write here for another account (the guide's confused deputy).
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnLike": {"aws:SourceArn": source},
                    },
                }
            ],
        }
    )


def _policy(group: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": WRITES, "Resource": [group, f"{group}:*"]},
                # It lists groups, so no single group can be named for it.
                {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"},
            ],
        }
    )
