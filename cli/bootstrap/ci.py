"""The OIDC provider and the role by which CI comes in: no key of AWS is kept anywhere."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol, TypedDict, cast

from botocore.exceptions import ClientError

from cli.bootstrap.changeset import TAG, Changeset, client
from cli.bootstrap.settings import Account, Ci
from components.aws_errors import code
from components.errors import FactoryError

UNMADE = "(the provider's ARN)"
STATE_POLICY = "state"
# Seconds that the role's credentials live: longer than a deployment, shorter than a working day.
SESSION = 3600


class _Tag(TypedDict):
    Key: str
    Value: str


class _Provider(TypedDict):
    Arn: str


class _Providers(TypedDict):
    OpenIDConnectProviderList: Sequence[_Provider]


class _Clients(TypedDict, total=False):
    ClientIDList: Sequence[str]


class _Role(TypedDict):
    Arn: str
    AssumeRolePolicyDocument: Mapping[str, object]


class _Roled(TypedDict):
    Role: _Role


class _Tags(TypedDict, total=False):
    Tags: Sequence[_Tag]


class _Inline(TypedDict):
    PolicyDocument: Mapping[str, object]


class _Attached(TypedDict):
    PolicyArn: str


class _AllAttached(TypedDict):
    AttachedPolicies: Sequence[_Attached]


class _Iam(Protocol):
    def list_open_id_connect_providers(self) -> _Providers: ...
    def get_open_id_connect_provider(self, *, OpenIDConnectProviderArn: str) -> _Clients: ...
    def create_open_id_connect_provider(
        self, *, Url: str, ClientIDList: Sequence[str], Tags: Sequence[_Tag]
    ) -> Mapping[str, str]: ...
    def add_client_id_to_open_id_connect_provider(self, *, OpenIDConnectProviderArn: str, ClientID: str) -> object: ...
    def get_role(self, *, RoleName: str) -> _Roled: ...
    def create_role(
        self,
        *,
        RoleName: str,
        AssumeRolePolicyDocument: str,
        Description: str,
        MaxSessionDuration: int,
        Tags: Sequence[_Tag],
    ) -> _Roled: ...
    def list_role_tags(self, *, RoleName: str) -> _Tags: ...
    def update_assume_role_policy(self, *, RoleName: str, PolicyDocument: str) -> object: ...
    def get_role_policy(self, *, RoleName: str, PolicyName: str) -> _Inline: ...
    def put_role_policy(self, *, RoleName: str, PolicyName: str, PolicyDocument: str) -> object: ...
    def list_attached_role_policies(self, *, RoleName: str) -> _AllAttached: ...
    def attach_role_policy(self, *, RoleName: str, PolicyArn: str) -> object: ...
    def detach_role_policy(self, *, RoleName: str, PolicyArn: str) -> object: ...


def role_of(account: Account) -> str:
    """Name of the role."""
    return f"aifactory-ci-{account.name}"


def ensure(account: Account, ci: Ci, key: str, changeset: Changeset) -> str:
    """The role's ARN. Raises FactoryError where a role of that name was not made here."""
    iam = cast("_Iam", client(account, "iam"))
    provider = _provider(iam, account, ci, changeset)
    name, trusted = role_of(account), trust(ci, provider)
    found = _role(iam, name)
    if found is None:
        arn = changeset.change(
            f"make the role {name}, which trusts {', '.join(ci.subjects)} of {ci.issuer}",
            lambda: _make_role(iam, account, trusted),
            f"(the ARN of {name})",
        )
    else:
        arn = found["Arn"]
        tags = {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=name).get("Tags", [])}
        if tags.get(TAG) != account.name:
            raise FactoryError(
                f"{account.name}: a role {name} stands that was not made here, and its trust is not changed; "
                f"call the section otherwise, or tag the role {TAG}={account.name} where it is yours"
            )
        if found["AssumeRolePolicyDocument"] != trusted:
            changeset.change(
                f"let {name} trust {', '.join(ci.subjects)} of {ci.issuer}, and nothing else",
                lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusted)),
                None,
            )
    if changeset.dry and found is None:
        changeset.changes.append(f"let {name} read and write the state, and use the key")
        changeset.changes.extend(f"attach {policy} to {name}" for policy in ci.policies)
        return arn
    state = state_policy(account, key)
    if _inline(iam, name) != state:
        changeset.change(
            f"let {name} read and write the state, and use the key",
            lambda: iam.put_role_policy(RoleName=name, PolicyName=STATE_POLICY, PolicyDocument=json.dumps(state)),
            None,
        )
    _attach(iam, name, ci.policies, changeset)
    return arn


def trust(ci: Ci, provider: str) -> Mapping[str, object]:
    """Who may assume the role: these subjects in full, never a pattern, and only with a token that was meant for AWS."""
    issuer = ci.issuer.removeprefix("https://")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{issuer}:aud": ci.audience, f"{issuer}:sub": list(ci.subjects)}},
            }
        ],
    }


def state_policy(account: Account, key: str) -> Mapping[str, object]:
    """What Pulumi's S3 backend and its secrets provider call. No version of the state can be deleted by it."""
    partition = key.split(":")[1] if key.startswith("arn:") else "aws"
    bucket = f"arn:{partition}:s3:::{account.bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": bucket},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": f"{bucket}/*",
            },
            {
                "Effect": "Allow",
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                "Resource": key,
            },
        ],
    }


def _provider(iam: _Iam, account: Account, ci: Ci, changeset: Changeset) -> str:
    """The account's one provider of this issuer: it may be there for others too, so it is never changed but for an audience."""
    end = f":oidc-provider/{ci.issuer.removeprefix('https://')}"
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    arn = next((provider["Arn"] for provider in listed if provider["Arn"].endswith(end)), "")
    if arn:
        known = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn).get("ClientIDList", [])
        if ci.audience not in known:
            changeset.change(
                f"let the OIDC provider of {ci.issuer} take the audience {ci.audience}",
                lambda: iam.add_client_id_to_open_id_connect_provider(
                    OpenIDConnectProviderArn=arn, ClientID=ci.audience
                ),
                None,
            )
        return arn
    return changeset.change(
        f"make the OIDC provider of {ci.issuer}",
        lambda: iam.create_open_id_connect_provider(
            Url=ci.issuer, ClientIDList=[ci.audience], Tags=[{"Key": TAG, "Value": account.name}]
        )["OpenIDConnectProviderArn"],
        UNMADE,
    )


def _make_role(iam: _Iam, account: Account, trusted: Mapping[str, object]) -> str:
    made = iam.create_role(
        RoleName=role_of(account),
        AssumeRolePolicyDocument=json.dumps(trusted),
        Description=f"CI of the AI factory: state and secrets of {', '.join(account.layers)}",
        MaxSessionDuration=SESSION,
        Tags=[{"Key": TAG, "Value": account.name}],
    )
    return made["Role"]["Arn"]


def _role(iam: _Iam, name: str) -> _Role | None:
    try:
        return iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if code(error) == "NoSuchEntity":
            return None
        raise


def _inline(iam: _Iam, name: str) -> Mapping[str, object]:
    try:
        return iam.get_role_policy(RoleName=name, PolicyName=STATE_POLICY)["PolicyDocument"]
    except ClientError as error:
        if code(error) == "NoSuchEntity":
            return {}
        raise


def _attach(iam: _Iam, name: str, policies: Sequence[str], changeset: Changeset) -> None:
    held = {policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
    for policy in policies:
        if policy not in held:
            changeset.change(
                f"attach {policy} to {name}",
                lambda policy=policy: iam.attach_role_policy(RoleName=name, PolicyArn=policy),
                None,
            )
    for policy in sorted(held - set(policies)):
        changeset.change(
            f"detach {policy} from {name}, which the file no longer names",
            lambda policy=policy: iam.detach_role_policy(RoleName=name, PolicyArn=policy),
            None,
        )
