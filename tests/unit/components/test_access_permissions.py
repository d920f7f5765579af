"""Each role is tried against each call at AWS: what it needs is let through, and everything else refused."""

import json

import pytest

from components.access_control.boundary import ESCALATING, REMOVING
from components.access_control.rbac import ROLES, RoleName
from tests.support.access_roles import boundary, policies
from tests.support.iam import Request, allowed
from tests.unit.components.access_verbs import VERBS, Verb

# IAM user guide, "IAM and AWS STS quotas": characters without white space.
EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
MOST_INLINE, MOST_MANAGED = 10_240, 6_144


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.name))
def test_a_role_does_what_it_is_for_and_nothing_beside(role: RoleName, verb: Verb) -> None:
    request = Request(action=verb.action, resource=verb.resource, context=verb.context)
    assert allowed(request, [policies()[role]], boundary()) is (role in verb.roles)


def test_every_role_has_calls_that_are_its_own_to_make() -> None:
    """A role that may do nothing would pass every row that refuses."""
    assert len(VERBS) > 80
    assert all(any(role in verb.roles for verb in VERBS) for role in ROLES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "verb", [one for one in VERBS if one.note != "in another region"], ids=lambda verb: str(verb.name)
)
def test_a_policy_alone_gives_no_more(role: RoleName, verb: Verb) -> None:
    """Where an organisation's own boundary takes the place of ours, only regions are left to it."""
    request = Request(action=verb.action, resource=verb.resource, context=verb.context)
    assert allowed(request, [policies()[role]], EVERYTHING) is (role in verb.roles)


# By name, and not as the code lists them: one that is forgotten there is missed here.
DANGEROUS = (
    *("s3:BypassGovernanceRetention", "s3:PutBucketObjectLockConfiguration", "s3:DeleteObjectVersion"),
    *("s3:DeleteBucket", "s3:DeleteBucketPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey", "eks:DeleteCluster"),
    *("backup:DeleteBackupVault", "backup:DeleteRecoveryPoint", "backup:DeleteBackupVaultLockConfiguration"),
    *("logs:DeleteLogGroup", "cloudtrail:StopLogging", "ec2:DeleteFlowLogs", "guardduty:DeleteDetector"),
    *("iam:CreateAccessKey", "iam:CreateUser", "iam:CreateLoginProfile", "iam:CreatePolicyVersion"),
    *("iam:DeleteRolePermissionsBoundary", "iam:CreateOpenIDConnectProvider", "organizations:LeaveOrganization"),
)


@pytest.mark.parametrize("action", sorted({*DANGEROUS, *REMOVING, *ESCALATING}))
def test_no_policy_attached_later_goes_beyond_the_boundary(action: str) -> None:
    """Not even that of administrators."""
    request = Request(action=action.replace("*", "X"), resource="*", context={"aws:RequestedRegion": "us-east-1"})
    assert not allowed(request, [EVERYTHING], boundary())
    fine = Request(action="ec2:RunInstances", resource="*", context={"aws:RequestedRegion": "us-east-1"})
    assert allowed(fine, [EVERYTHING], boundary())


@pytest.mark.parametrize("action", ["iam:UpdateAssumeRolePolicy", "iam:PassRole", "sts:AssumeRole", "iam:DeleteRole"])
@pytest.mark.parametrize("role", ["OrganizationAccountAccessRole", "aifactory/access/aifactory-aws-security"])
def test_a_role_that_a_deployment_makes_is_no_way_to_another_role(action: str, role: str) -> None:
    """A pod under the policy of administrators could else change the trust of a role without a boundary, and take it."""
    request = Request(action=action, resource=f"arn:aws:iam::111122223333:role/{role}")
    assert not allowed(request, [EVERYTHING], boundary())


def test_policies_fit_into_what_iam_takes() -> None:
    for role, policy in policies().items():
        assert len(policy) <= MOST_INLINE, role
    assert len(boundary()) <= MOST_MANAGED
