"""Buckets of AWS: their keys, who is admitted to them, what is removed from them, and where they are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
import pulumi_aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.object_store.args import ObjectStoreArgs
from components.object_store.component import ObjectStore
from components.object_store.spec import ObjectStoreSpec
from components.vault.args import VaultBucketArgs
from components.vault.component import VaultBucket
from components.vault.spec import VaultBucketSpec
from components.violations import SpecError
from host.documents import mapping, sequence
from tests.unit.components.recorder import Recorder, declared

READER = "arn:aws:iam::333333333333:role/team/reader"
COPIER = "arn:aws:iam::111111111111:role/factory-protect"
GATEWAY = "arn:aws:iam::111111111111:role/factory-serving"


@dataclass(slots=True)
class Account(Recorder):
    """Answers as AWS would, and notes the provider of each resource."""

    providers: dict[str, str] = field(default_factory=dict[str, str])
    """Type and name -> name of the provider."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        found, outputs = Recorder.new_resource(self, args)
        reference = str(args.provider or "")
        # A reference is a URN, then `::` and the provider's id.
        self.providers[f"{args.typ} {args.name}"] = reference.split("::")[3] if reference else ""
        match args.typ:
            case "aws:kms/key:Key":
                outputs["arn"] = "arn:aws:kms:eu-central-1:222222222222:key/0"
            case "aws:s3/bucket:Bucket":
                outputs["arn"] = f"arn:aws:s3:::{outputs['bucket']}"
            case _:
                pass
        return found, outputs


def objects(**more: object) -> Account:
    recorder = Account()
    given = cast("ObjectStoreArgs", {"bucket": "objects", **more})
    declared(lambda: ObjectStore("objects", given), recorder)
    return recorder


def vault(**more: object) -> Account:
    recorder = Account()
    given = cast("VaultBucketArgs", {"bucket": "the-vault", "retention_days": 30, **more})
    declared(lambda: VaultBucket("vault", given), recorder)
    return recorder


def statements(seen: Recorder, kind: str) -> list[Mapping[str, object]]:
    (made,) = seen.of(kind)
    return [mapping(one) for one in sequence(mapping(json.loads(str(made.inputs["policy"])))["Statement"])]


BUCKET_POLICY, KEY_POLICY = "aws:s3/bucketPolicy:BucketPolicy", "aws:kms/keyPolicy:KeyPolicy"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


@pytest.mark.parametrize("made", [objects, vault])
def test_another_account_could_not_be_let_to_read_what_a_bucket_holds(made: type[Account]) -> None:
    """B9: each bucket is encrypted by a key of its own, whose policy can be changed; AWS' own key has none that can."""
    seen = made()
    (key,) = seen.of("aws:kms/key:Key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["deletionWindowInDays"] == 30
    (encryption,) = seen.of("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
    assert encryption.inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {
                "sseAlgorithm": "aws:kms",
                "kmsMasterKeyId": "arn:aws:kms:eu-central-1:222222222222:key/0",
            },
            "bucketKeyEnabled": True,
        }
    ]
    own = statements(seen, KEY_POLICY)[0]
    assert (own["Principal"], own["Action"]) == ({"AWS": "arn:aws:iam::222222222222:root"}, "kms:*")


@pytest.mark.parametrize("made", [objects, vault])
def test_a_bucket_answered_without_tls_and_to_acls(made: type[Account]) -> None:
    """B9: TLS alone, one owner, nothing public."""
    seen = made()
    first = statements(seen, BUCKET_POLICY)[0]
    assert (first["Effect"], first["Principal"], first["Action"]) == ("Deny", "*", "s3:*")
    assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (owned,) = seen.of("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
    assert owned.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (block,) = seen.of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert {key for key, value in block.inputs.items() if value is True} == {
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    }


def rules(seen: Recorder) -> dict[str, Mapping[str, object]]:
    (made,) = seen.of(LIFECYCLE)
    return {str(mapping(rule)["id"]): mapping(rule) for rule in sequence(made.inputs["rules"])}


def test_old_versions_and_aborted_uploads_were_billed_for_ever() -> None:
    """B9: both go after their days."""
    found = rules(objects())
    assert found["noncurrent-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert found["aborted-uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rules(objects(noncurrent_days=3))["noncurrent-versions"]["noncurrentVersionExpiration"] == {
        "noncurrentDays": 3
    }


def test_no_version_in_a_vault_expires() -> None:
    assert set(rules(vault())) == {"aborted-uploads"}


def test_a_reader_of_another_account_reads_objects_and_no_contract() -> None:
    seen = objects(readers=[READER, "arn:aws:iam::444444444444:root"])
    found = statements(seen, BUCKET_POLICY)[1:]
    by_role = {"ArnEquals": {"aws:PrincipalArn": [READER]}}
    account = {"AWS": ["arn:aws:iam::333333333333:root"]}
    allowed = [one for one in found if one["Effect"] == "Allow" and one.get("Condition") == by_role]
    assert [(one["Principal"], one["Action"], one["Resource"]) for one in allowed] == [
        (account, ["s3:GetObject", "s3:GetObjectVersion"], ["arn:aws:s3:::objects/*"]),
        (account, ["s3:ListBucket"], ["arn:aws:s3:::objects"]),
    ]
    (denied,) = [one for one in found if one["Effect"] == "Deny"]
    assert denied["Resource"] == ["arn:aws:s3:::objects/contracts/*"]
    # Also where a reader is the bucket's own account: its deployers go on to read contracts.
    assert denied["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": "222222222222"}}
    decrypting = [one for one in statements(seen, KEY_POLICY) if one["Action"] == ["kms:Decrypt"]]
    assert [one["Principal"] for one in decrypting] == [{"AWS": ["arn:aws:iam::444444444444:root"]}, account]
    assert all("kms:ViaService" in json.dumps(one["Condition"]) for one in decrypting)


def test_without_readers_only_its_own_account_reaches_a_bucket() -> None:
    assert all(one["Effect"] == "Deny" for one in statements(objects(), BUCKET_POLICY))
    assert [one.get("Sid") for one in statements(objects(), KEY_POLICY)] == ["Administration", "LustreThroughS3"]
    assert [one.get("Sid") for one in statements(vault(), KEY_POLICY)] == ["Administration"]


def test_a_writer_puts_and_locks_and_removes_nothing() -> None:
    seen = vault(writers={"copies": [COPIER], "logs": [GATEWAY]})
    found = statements(seen, BUCKET_POLICY)
    allowed = [one for one in found if one["Effect"] == "Allow"]
    calls = {str(call) for one in allowed for call in sequence(one["Action"])}
    assert {"s3:PutObject", "s3:PutObjectRetention", "s3:GetObject", "s3:ListBucket"} <= calls
    assert not any(word in call for call in calls for word in ("Delete", "Bypass", "*", "PutBucket", "Policy"))
    # The gateway writes its record and nothing else.
    assert {str(sequence(one["Resource"])[0]) for one in allowed if GATEWAY in str(one["Condition"])} == {
        "arn:aws:s3:::the-vault/inference-logs/*",
        "arn:aws:s3:::the-vault",
    }
    denied = {
        str(call)
        for one in found
        if one["Effect"] == "Deny"
        for call in sequence(
            one["Action"],
        )
        if isinstance(one["Action"], list)
    }
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"} <= denied
    using = statements(seen, KEY_POLICY)[1]
    assert using["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert mapping(using["Condition"])["ArnEquals"] == {"aws:PrincipalArn": [COPIER, GATEWAY]}


def test_a_vault_that_named_a_role_that_is_not_there_yet_was_refused() -> None:
    """A policy that names a missing principal is malformed, and the vault comes before the factory's roles."""
    seen = vault(writers={"copies": [COPIER]})
    for kind in (BUCKET_POLICY, KEY_POLICY):
        principals = [str(one["Principal"]) for one in statements(seen, kind)]
        assert not any(":role/" in principal for principal in principals)


def test_no_lock_of_a_vault_is_weaker_than_compliance() -> None:
    (weak,) = [one for one in statements(vault(), BUCKET_POLICY) if one.get("Sid") == "ComplianceOnly"]
    assert (weak["Effect"], weak["Principal"]) == ("Deny", "*")
    assert weak["Condition"] == {"StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}}


def test_vault_and_off_site_landed_in_one_account() -> None:
    """A9: every child takes the provider that its component was given, so that each vault is in its own account and
    region.
    """
    seen = Account()

    def program() -> None:
        for name, region in (("vault", "eu-central-1"), ("offsite", "eu-west-1")):
            provider = pulumi_aws.Provider(f"{name}-account", region=region)
            VaultBucket(
                name, {"bucket": f"the-{name}", "retention_days": 30}, pulumi.ResourceOptions(provider=provider)
            )

    declared(program, seen)
    for name in ("vault", "offsite"):
        children = {
            kind: provider
            for kind, provider in seen.providers.items()
            if kind.split(" ")[1].startswith(f"{name}-") and kind.startswith("aws:")
        }
        assert len(children) == 10
        assert set(children.values()) == {f"{name}-account"}


@dataclass(slots=True)
class Options:
    """Which resources below a component are protected, and which are kept when their declaration goes."""

    protected: set[str] = field(default_factory=set[str])
    retained: set[str] = field(default_factory=set[str])

    def note(self, args: pulumi.ResourceTransformationArgs) -> None:
        if args.opts.protect:
            self.protected.add(args.name)
        if args.opts.retain_on_delete:
            self.retained.add(args.name)

    def to_be_noted(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(transformations=[self.note])


def test_a_destroy_took_the_key_and_with_it_every_object() -> None:
    """B9, B10: a key that is gone takes what it encrypted with it, so it is as protected as the bucket."""
    on, off = Options(), Options()
    declared(lambda: ObjectStore("objects", {"bucket": "objects"}, on.to_be_noted()), Account())
    assert on.protected == {"objects-bucket", "objects-key", "objects-key-policy"}
    declared(lambda: ObjectStore("objects", {"bucket": "objects", "protect": False}, off.to_be_noted()), Account())
    assert off.protected == set()


def test_all_of_a_vault_is_protected_and_outlives_its_declaration() -> None:
    options, seen = Options(), Account()
    declared(lambda: VaultBucket("vault", {"bucket": "the-vault", "retention_days": 1}, options.to_be_noted()), seen)
    children = {one.name for one in seen.seen if one.kind.startswith("aws:")}
    assert options.protected == options.retained == children


def test_a_preview_knows_no_arn_and_goes_on() -> None:
    def program() -> None:
        ObjectStore("objects", {"bucket": "objects", "readers": [READER]})
        VaultBucket("vault", {"bucket": "the-vault", "retention_days": 1, "writers": {"copies": [COPIER]}})

    assert len(declared(program, preview=True).seen) == 21


def test_a_key_of_another_partition_is_ruled_by_an_account_of_it() -> None:
    class China(Account):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
            found, outputs = Account.new_resource(self, args)
            if args.typ == "aws:kms/key:Key":
                outputs["arn"] = "arn:aws-cn:kms:cn-north-1:222222222222:key/0"
            return found, outputs

    seen = declared(lambda: ObjectStore("objects", {"bucket": "objects"}), China())
    assert statements(seen, KEY_POLICY)[0]["Principal"] == {"AWS": "arn:aws-cn:iam::222222222222:root"}


REFUSED_READERS = [
    ({"readers": ["reader"]}, r"readers\[0\] = 'reader': a principal is the ARN of an IAM role.*; e\.g\. arn:aws:iam"),
    ({"readers": [READER, "*"]}, r"readers\[1\] = '\*'"),
    ({"readers": ["arn:aws:iam::333333333333:role/*"]}, r"without a wildcard"),
    (
        {"readers": ["arn:aws:sts::333333333333:assumed-role/reader/session"]},
        r"readers\[0\] = .*; .*`assumed-role`\) names its role before the last `/`: name that role",
    ),
    (
        {"readers": [READER], "endpoint": "http://store:9000"},
        r"readers = .*: principals of AWS are admitted to buckets of AWS alone.*; leave readers out",
    ),
    ({"noncurrent_days": 0}, r"noncurrent_days = 0: .*a whole number of days, 1 to 36500; leave it out for 30"),
    (
        {"noncurrent_days": 3, "endpoint": "http://store:9000"},
        r"noncurrent_days = 3: old versions are removed by a lifecycle of AWS.*; leave it out, and set a lifecycle",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED_READERS)
def test_readers_and_days_that_cannot_be_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        ObjectStoreSpec.parse(cast("ObjectStoreArgs", {"bucket": "objects", **wrong}))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"writers": {"stages": [COPIER]}},
            r"writers = 'stages': the roles of this bucket are copies, logs; give each ARN under one of copies, logs",
        ),
        (
            {"writers": {"copies": ["copier"]}},
            r"writers\.copies\[0\] = 'copier': who may write is one role of IAM.*; e\.g\. arn:aws:iam",
        ),
        # A whole account would be denied its own contracts, and a user's keys do not end.
        ({"writers": {"logs": ["arn:aws:iam::111111111111:root"]}}, r"writers\.logs\[0\] = .*an account is many"),
        (
            {"writers": {"logs": ["arn:aws:iam::111111111111:user/u"]}},
            r"writers\.logs\[0\] = .*a user's keys do not end",
        ),
        (
            {"writers": {"copies": [COPIER]}, "endpoint": "http://store:9000"},
            r"writers = .*: principals of AWS.*; leave writers out, and give pods accounts on the store",
        ),
    ],
)
def test_writers_that_cannot_be_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        VaultBucketSpec.parse(cast("VaultBucketArgs", {"bucket": "the-vault", "retention_days": 1, **wrong}))


NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-", min_size=1, max_size=64)


@given(name=NAMES, account=st.from_regex(r"[0-9]{12}", fullmatch=True), partition=st.sampled_from(["aws", "aws-cn"]))
def test_every_role_of_every_partition_is_a_reader(name: str, account: str, partition: str) -> None:
    account = "".join(str(int(digit)) for digit in account)
    arn = f"arn:{partition}:iam::{account}:role/{name}"
    assert ObjectStoreSpec.parse({"bucket": "objects", "readers": [arn]}).readers == (arn,)
    for wrong in (f"{arn}*", arn.replace(account, account[1:]), f"{arn}\n"):
        with pytest.raises(SpecError, match="readers"):
            ObjectStoreSpec.parse({"bucket": "objects", "readers": [wrong]})
