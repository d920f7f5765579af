"""The key that encrypts the secrets in the state, and the state itself."""

from collections.abc import Sequence
from typing import Protocol, TypedDict, cast

from botocore.exceptions import ClientError

from cli.bootstrap.changeset import TAG, Changeset, client
from cli.bootstrap.settings import Account
from components.aws_errors import code
from components.errors import FactoryError

UNMADE = "(the key's ARN)"


class _Metadata(TypedDict):
    Arn: str
    KeyId: str
    KeyState: str


class _Described(TypedDict):
    KeyMetadata: _Metadata


class _Rotation(TypedDict):
    KeyRotationEnabled: bool


class _Listed(TypedDict):
    KeyId: str


class _Page(TypedDict, total=False):
    Keys: Sequence[_Listed]
    NextMarker: str


class _Tag(TypedDict):
    TagKey: str
    TagValue: str


class _Tags(TypedDict, total=False):
    Tags: Sequence[_Tag]


class _Kms(Protocol):
    def describe_key(self, *, KeyId: str) -> _Described: ...
    def create_key(self, *, Description: str, Tags: Sequence[_Tag]) -> _Described: ...
    def create_alias(self, *, AliasName: str, TargetKeyId: str) -> object: ...
    def get_key_rotation_status(self, *, KeyId: str) -> _Rotation: ...
    def enable_key_rotation(self, *, KeyId: str) -> object: ...
    def list_keys(self, **more: str) -> _Page: ...
    def list_resource_tags(self, *, KeyId: str) -> _Tags: ...


def alias_of(account: Account) -> str:
    """By which the key is found again."""
    return f"alias/aifactory-state-{account.name}"


def ensure(account: Account, changeset: Changeset) -> str:
    """The key's ARN. Raises FactoryError where the key is about to be deleted."""
    kms, alias = cast("_Kms", client(account, "kms")), alias_of(account)
    found = _described(kms, alias)
    if found is None:
        # A run that was interrupted left its key without a name.
        found = _tagged(kms, account)
        if found is None:
            found = changeset.change(f"make the key {alias}, rotated each year", lambda: _make(kms, account), None)
        if found is None:
            return UNMADE
        identity = found["KeyId"]
        changeset.change(f"call it {alias}", lambda: kms.create_alias(AliasName=alias, TargetKeyId=identity), None)
    if found["KeyState"] != "Enabled":
        raise FactoryError(
            f"{alias}: the key is {found['KeyState']}, and without it no secret of the state can be read; "
            f"aws kms cancel-key-deletion --key-id {found['KeyId']}, and aws kms enable-key"
        )
    identity = found["KeyId"]
    if not kms.get_key_rotation_status(KeyId=identity)["KeyRotationEnabled"]:
        changeset.change(f"rotate the key {alias} each year", lambda: kms.enable_key_rotation(KeyId=identity), None)
    return found["Arn"]


def _make(kms: _Kms, account: Account) -> _Metadata:
    made = kms.create_key(
        Description=f"Pulumi's state and its secrets ({account.name})",
        Tags=[{"TagKey": TAG, "TagValue": account.name}],
    )["KeyMetadata"]
    kms.enable_key_rotation(KeyId=made["KeyId"])
    return made


def _described(kms: _Kms, key: str) -> _Metadata | None:
    try:
        return kms.describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        if code(error) == "NotFoundException":
            return None
        raise


def _tagged(kms: _Kms, account: Account) -> _Metadata | None:
    more: dict[str, str] = {}
    while True:
        page = kms.list_keys(**more)
        for key in page.get("Keys", []):
            if _is_ours(kms, key["KeyId"], account):
                found = _described(kms, key["KeyId"])
                if found and found["KeyState"] == "Enabled":
                    return found
        if not page.get("NextMarker"):
            return None
        more = {"Marker": page.get("NextMarker", "")}


def _is_ours(kms: _Kms, key: str, account: Account) -> bool:
    try:
        tags = kms.list_resource_tags(KeyId=key).get("Tags", [])
    except ClientError as error:
        # Keys of AWS's own, and of others, do not show theirs.
        if code(error) == "AccessDeniedException":
            return False
        raise
    return any(tag["TagKey"] == TAG and tag["TagValue"] == account.name for tag in tags)
