"""What a reviewer is told of a change: the five of the issue, and what must not be told."""

import json
from datetime import date

import pytest

from cli.__main__ import main
from cli.cost.prices import SHIPPED, read_table
from cli.review.document import document
from cli.review.loss import Fate, Kind, kind_of, losses
from cli.review.markdown import comment, marker
from cli.review.review import Verdict, review
from cli.review.sarif import sarif
from cli.review.steps import Operation
from policies import types
from policies.resource import at, sequence
from tests.unit.cli.review.plans import outputs, plan, step, urn, violation

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
POOL = step(
    types.NODE_GROUP,
    "gpu-group",
    old={"scalingConfig": {"desiredSize": 5, "maxSize": 5}},
    new={"scalingConfig": {"desiredSize": 2, "maxSize": 2}},
    diff={"scalingConfig.desiredSize": "update", "scalingConfig.maxSize": "update"},
)
UNFIT = {"severity": "error", "message": "Recipe: resources.train.pods = 4: 4 pods need 4 nodes, the pool has 2; set 2"}
OPENED = step(
    types.INGRESS_RULE,
    "nodes-ssh",
    "create",
    new={"cidrIpv4": "0.0.0.0/0", "fromPort": 22, "toPort": 22, "ipProtocol": "tcp"},
    place="project:///components/network/component.py#12",
)
LOCKED = {"defaultRetentionDays": 365, "objectLock": True, "versioning": True, "endpoint": "https://vault.example.org"}


def test_a_smaller_pool_is_told_with_its_sizes_and_the_workload_that_no_longer_fits() -> None:
    found = review("aws", [plan(POOL, diagnostics=[UNFIT], failed=True)], head="0123456789abcdef")
    text = comment(found)
    assert found.verdict is Verdict.BLOCKED
    assert "`scalingConfig.desiredSize: 5 → 2`" in text
    assert "4 pods need 4 nodes, the pool has 2" in text


def test_a_vault_without_its_lock_is_told_before_and_after() -> None:
    bucket = step(
        types.OWN_BUCKET,
        "vault",
        layer="vault",
        within=types.VAULT,
        old=LOCKED,
        new={**LOCKED, "objectLock": False, "defaultRetentionDays": 0},
        diff={"objectLock": "update", "defaultRetentionDays": "update"},
    )
    found = review("aws", [plan(bucket, layer="vault")])
    assert found.verdict is Verdict.LOOK
    row = next(line for line in comment(found).splitlines() if line.startswith("| `vault` |") and "COMPLIANCE" in line)
    assert "`COMPLIANCE` → **`none`**" in row
    assert "`365 days` → **`none`**" in row


def test_a_learning_rate_is_told_with_its_values_and_the_stages_that_follow() -> None:
    old = {"ingest": "1", "clean": "2", "train": "3", "evaluate": "4", "register": "5", "protect": "6"}
    new = {**old, "train": "7", "evaluate": "8", "register": "9", "protect": "10"}
    before = {"run": {"stages": old}, "recipe": {"train": {"learning_rate": 0.003, "steps": 9}}}
    after = {"run": {"stages": new}, "recipe": {"train": {"learning_rate": 0.004, "steps": 9}}}
    found = review("aws", [plan(layer="workloads", events=[outputs(before, after)])])
    assert [stage.name for stage in found.stages] == ["train", "evaluate", "register", "protect"]
    assert found.stages[0].reasons == ("train.learning_rate: 0.003 → 0.004",)
    assert found.stages[1].reasons == ("reads train",)
    assert "`train.learning_rate: 0.003 → 0.004`" in comment(found)


def test_a_stage_without_another_recipe_has_another_code_or_image() -> None:
    before = {"run": {"stages": {"ingest": "1"}}, "recipe": {"ingest": {"source": "a"}}}
    after = {"run": {"stages": {"ingest": "2"}}, "recipe": {"ingest": {"source": "a"}}}
    found = review("aws", [plan(layer="workloads", events=[outputs(before, after)])])
    assert found.stages[0].reasons == ("its code or its image",)


def test_an_opened_group_is_told_with_its_rule_remedy_and_line() -> None:
    where = urn("platform", types.INGRESS_RULE, "nodes-ssh")
    broken = violation("vpc-group-no-world-ingress", where, "cidrIpv4 is 0.0.0.0/0: nobody; name addresses")
    found = review("aws", [plan(OPENED, events=[broken], failed=True)])
    text = comment(found)
    assert "`cidrIpv4: 0.0.0.0/0`" in text
    assert "`fromPort: 22`" in text
    row = next(line for line in text.splitlines() if line.startswith("| `vpc-group-no-world-ingress`"))
    assert "`components/network/component.py:12`" in row
    assert "PCI DSS" in row
    (run,) = sequence(sarif(found)["runs"])
    place = at(run, "results.0.locations.0.physicalLocation")
    assert at(place, "artifactLocation.uri") == "components/network/component.py"
    assert at(place, "region.startLine") == 12


def test_what_is_broken_today_already_is_marked() -> None:
    where = urn("platform", types.INGRESS_RULE, "nodes-ssh")
    broken = violation("vpc-group-no-world-ingress", where, "cidrIpv4 is 0.0.0.0/0: nobody")
    standing = {"platform": [("vpc-group-no-world-ingress", where)]}
    found = review("aws", [plan(OPENED, events=[broken], failed=True)], standing=standing)
    assert "deployed so already" in comment(found)


def test_a_replaced_file_system_is_lost_data_and_names_its_cause() -> None:
    lustre = step(
        types.LUSTRE,
        "scratch",
        "replace",
        old={"storageCapacity": 4800, "kmsKeyId": "a"},
        new={"storageCapacity": 2400, "kmsKeyId": "a"},
        diff={"storageCapacity": "update-replace"},
    )
    found = review("aws", [plan(lustre)])
    (loss,) = found.losses
    assert (loss.kind, loss.fate, loss.maybe) == (Kind.DATA, Fate.LOST, False)
    assert "`storageCapacity: 4800 → 2400`" in comment(found)
    assert found.verdict is Verdict.LOOK


def test_a_replacement_that_only_an_unknown_value_forces_is_a_maybe() -> None:
    group = step(
        types.SECURITY_GROUP,
        "nodes",
        "replace",
        old={"vpcId": "vpc-1"},
        new={"vpcId": UNKNOWN_TEXT},
        diff={"vpcId": "update-replace"},
    )
    (loss,) = review("aws", [plan(group)]).losses
    assert loss.maybe
    assert UNKNOWN_TEXT not in comment(review("aws", [plan(group)]))


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ({"protect": True}, Fate.REFUSED),
        ({"retainOnDelete": True}, Fate.KEPT),
        ({"external": True}, Fate.FORGOTTEN),
        ({}, Fate.LOST),
    ],
)
def test_what_becomes_of_a_deleted_bucket(state: dict[str, object], fate: Fate) -> None:
    (loss,) = losses(plan(step(types.AWS_BUCKET, "data", "delete", **state)).steps)  # pyright: ignore
    assert loss.fate is fate


def test_halves_of_a_replacement_components_and_providers_are_no_losses() -> None:
    rows = [
        step(types.LUSTRE, "fs", "create-replacement"),
        step(types.LUSTRE, "fs", "delete-replaced"),
        step("pulumi:providers:aws", "aws", "replace"),
        step(types.FILESYSTEM, "fs", "delete", custom=False),
    ]
    assert losses(plan(*rows).steps) == []


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        (types.KMS_KEY, Kind.DATA),
        (types.EFS, Kind.DATA),
        (types.ROLE, Kind.IDENTITY),
        (types.SUBNET, Kind.NETWORK),
        (types.NODE_GROUP, Kind.COMPUTE),
        ("kubernetes:core/v1:PersistentVolumeClaim", Kind.DATA),
        ("kubernetes:core/v1:Service", Kind.NETWORK),
        ("kubernetes:core/v1:ServiceAccount", Kind.IDENTITY),
        (types.K8S_DEPLOYMENT, Kind.COMPUTE),
    ],
)
def test_kinds_of_loss(type_: str, kind: Kind) -> None:
    assert kind_of(type_) is kind


def test_values_that_nobody_allowed_and_secrets_are_not_shown() -> None:
    rows = [
        step(
            types.K8S_CONFIG_MAP,
            "config",
            old={"data": {"a": "hunter2"}},
            new={"data": {"a": "x"}},
            diff={"data.a": "update"},
        ),
        step(
            types.EKS_CLUSTER, "eks", old={"version": "[secret]"}, new={"version": "1.34"}, diff={"version": "update"}
        ),
        step(
            types.EKS_CLUSTER,
            "two",
            old={"version": "AKIAIOSFODNN7EXAMPLE"},
            new={"version": "1"},
            diff={"version": "update"},
        ),
    ]
    text = comment(review("aws", [plan(*rows)]))
    whole = json.dumps(document(review("aws", [plan(*rows)])))
    for shown in (text, whole):
        assert "hunter2" not in shown
        assert "[secret]" not in shown
        assert "AKIA" not in shown
    assert "`data.a`" in text


def test_a_preview_that_fails_before_its_first_step_says_why() -> None:
    event = {"diagnosticEvent": {"severity": "error", "message": "error: passphrase must be set"}}
    found = review("aws", [plan(events=[event], failed=True)])
    assert found.verdict is Verdict.BLOCKED
    assert "passphrase must be set" in comment(found)


def test_no_change_is_said_in_one_line_under_the_marker() -> None:
    found = review("aws", [plan(step(types.EKS_CLUSTER, "eks", "same"))])
    text = comment(found)
    assert text.startswith(marker("aws"))
    assert "no changes" in text
    assert found.layers[0].plan.unchanged == 1


def test_a_comment_that_is_too_long_keeps_what_blocks_and_says_what_is_left_out() -> None:
    created = [step(types.SUBNET, f"subnet-{index}", "create") for index in range(5000)]
    rules = [violation("vpc-group-no-world-ingress", urn("platform", "t", f"n{i}"), f"number {i}") for i in range(30)]
    found = review("aws", [plan(*created, events=rules, failed=True)])
    text = comment(found, link="https://example.org/artifact")
    assert len(text) <= 65_536
    assert "number 29" in text
    assert "are left out here" in text
    assert "[all of it](https://example.org/artifact)" in text
    assert text.count("<details>") == text.count("</details>")


def test_many_violations_still_fit() -> None:
    rules = [violation("vpc-group-no-world-ingress", urn("platform", "t", f"n{i}"), "x" * 5000) for i in range(5000)]
    text = comment(review("aws", [plan(events=rules, failed=True)]))
    assert len(text) <= 65_536
    assert "are left out here" in text


def test_operations_that_the_engine_may_add_are_kept_by_their_word() -> None:
    (one,) = plan(step(types.EKS_CLUSTER, "eks", "import")).steps
    assert (one.operation, one.verb) == (Operation.OTHER, "import")


def test_cost_and_gpu_hours_are_told_before_and_after_with_what_is_unknown() -> None:
    prices = read_table(SHIPPED / "us-east-1.yaml")
    group = {"instanceTypes": ["p5.48xlarge"]}
    pool = step(
        types.NODE_GROUP,
        "gpu-group",
        old={**group, "scalingConfig": {"desiredSize": 4, "minSize": 0, "maxSize": 5}},
        new={**group, "scalingConfig": {"desiredSize": 2, "minSize": 0, "maxSize": 5}},
        diff={"scalingConfig.desiredSize": "update"},
    )
    found = review("aws", [plan(pool, step(types.LUSTRE, "fs", "same"))], prices=prices, today=date(2026, 12, 1))
    text = comment(found)
    (hours,) = [line for line in text.splitlines() if line.startswith("| GPU-hours a month")]
    assert "23,360.00 | 11,680.00 | -11,680.00" in hours
    assert "Not known, and not counted" in text
    assert "fs" in str(document(found)["cost"])


def test_a_block_that_a_plugin_names_whole_is_told_by_its_leaves() -> None:
    row = step(
        types.NODE_GROUP,
        "gpu-group",
        old={"scalingConfig": {"desiredSize": 2, "minSize": 0}, "labels": {"a.b/c": "1"}},
        new={"scalingConfig": {"desiredSize": 1, "minSize": 0}, "labels": {"a.b/c": "2"}},
    )
    row["diffReasons"] = ["scalingConfig", "labels"]
    (found,) = plan(row).steps
    assert found.properties == ("scalingConfig.desiredSize", 'labels["a.b/c"]')
    assert "`scalingConfig.desiredSize: 2 → 1`" in comment(review("aws", [plan(row)]))


@pytest.mark.parametrize("env", ["onprem"])
def test_an_offline_preview_of_what_exists_is_refused_before_anything_else(
    env: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["aifactory", "preview", "--env", env, "--offline", "--format", "md"])
    assert main() == 1
    assert "--offline" in capsys.readouterr().err
