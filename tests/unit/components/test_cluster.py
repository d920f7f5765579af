"""Cluster, recorded: what AWS is asked for, in which order, and what outlives what."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest

from components.cluster.args import ClusterArgs
from components.cluster.component import Cluster
from components.cluster.existing import ExistingCluster
from components.violations import SpecError
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.test_cluster_spec import ADMIN, ARGS

CLUSTER = "aws:eks/cluster:Cluster"
TEAM = "arn:aws:iam::111122223333:role/team"


def made(changed: Mapping[str, object] = {}) -> Requests:
    args = cast(
        "ClusterArgs", {**ARGS, "access": {TEAM: {"policy": "AmazonEKSViewPolicy", "namespaces": ["a"]}}, **changed}
    )
    return requested(lambda: Cluster("cluster", args))


def cluster(changed: Mapping[str, object] = {}) -> Mapping[str, object]:
    return made(changed).inputs(CLUSTER, "cluster-eks")


def test_the_api_is_private_where_no_addresses_are_given() -> None:
    """B2: without both flags EKS opens the API to 0.0.0.0/0."""
    network = cast("dict[str, object]", cluster()["vpcConfig"])
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in network


def test_the_api_is_public_to_the_addresses_given_and_private_too() -> None:
    network = cast("dict[str, object]", cluster({"public_cidrs": ["203.0.113.8/32"]})["vpcConfig"])
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, True)
    assert network["publicAccessCidrs"] == ["203.0.113.8/32"]


def test_a_second_role_is_not_locked_out() -> None:
    """B3 and complaints 10 and 11: access entries from birth, and an administrator that the program names."""
    found = made()
    assert found.inputs(CLUSTER, "cluster-eks")["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    entries = found.recorded.of("aws:eks/accessEntry:AccessEntry")
    assert [one.inputs["principalArn"] for one in entries] == [ADMIN, TEAM]
    granted = {
        one.inputs["principalArn"]: (one.inputs["policyArn"], one.inputs["accessScope"])
        for one in found.recorded.of("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    }
    policies = "arn:aws:eks::aws:cluster-access-policy"
    assert granted == {
        ADMIN: (f"{policies}/AmazonEKSClusterAdminPolicy", {"type": "cluster"}),
        TEAM: (f"{policies}/AmazonEKSViewPolicy", {"type": "namespace", "namespaces": ["a"]}),
    }


def test_an_administrators_entry_outlives_the_objects_that_it_deletes() -> None:
    """Complaint 12: the provider, and so every object, is destroyed before the entries of those who delete it."""
    waits = made().waits_for("cluster-api")
    assert f"cluster-access-{ADMIN.split('::')[1].replace(':', '/')}" in waits
    assert "cluster-eks" in waits


def test_a_changed_kubeconfig_does_not_replace_every_object() -> None:
    """C11: the provider is told which cluster it is, whatever its kubeconfig says."""
    provider = made().inputs("pulumi:providers:kubernetes", "cluster-api")
    assert provider["clusterIdentifier"] == "arn:aws:test:us-east-1:123456789012:cluster-eks"
    assert provider["enableServerSideApply"] == "true"


def test_the_kubeconfig_asks_as_the_profile_that_deploys() -> None:
    """B4."""
    document = json.loads(
        str(made({"profile": "platform"}).inputs("pulumi:providers:kubernetes", "cluster-api")["kubeconfig"])
    )
    assert document["users"][0]["user"]["exec"]["args"][-2:] == ["--profile", "platform"]


def test_no_add_on_is_there_that_nobody_declared() -> None:
    """C3: to turn this off later is another cluster."""
    assert cluster()["bootstrapSelfManagedAddons"] is False


def test_every_log_is_kept_in_a_group_that_is_there_first() -> None:
    """B10: else EKS makes the group, and keeps its logs for ever."""
    found = made({"name": "factory", "log_retention_days": 30})
    group = found.inputs("aws:cloudwatch/logGroup:LogGroup", "cluster-logs")
    assert (group["name"], group["retentionInDays"]) == ("/aws/eks/factory/cluster", 30)
    eks = found.inputs(CLUSTER, "cluster-eks")
    assert (eks["name"], len(cast("list[str]", eks["enabledClusterLogTypes"]))) == ("factory", 5)
    assert "cluster-logs" in found.waits_for("cluster-eks")


def test_support_does_not_go_on_at_another_price_by_itself() -> None:
    """B10."""
    assert cluster()["upgradePolicy"] == {"supportType": "STANDARD"}


def test_the_cluster_and_the_key_of_its_secrets_are_not_deleted_by_mistake() -> None:
    """B10."""
    found = made()
    assert found.inputs(CLUSTER, "cluster-eks")["deletionProtection"] is True
    assert found.asked["aws:kms/key:Key cluster-key"].protected
    key = found.inputs("aws:kms/key:Key", "cluster-key")
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)
    let_go = made({"deletion_protection": False})
    assert let_go.inputs(CLUSTER, "cluster-eks")["deletionProtection"] is False
    assert not let_go.asked["aws:kms/key:Key cluster-key"].protected


def test_services_have_the_block_that_was_chosen() -> None:
    assert "kubernetesNetworkConfig" not in cluster()
    chosen = cluster({"service_ipv4_cidr": "172.20.0.0/16"})["kubernetesNetworkConfig"]
    assert chosen == {"serviceIpv4Cidr": "172.20.0.0/16"}


def test_a_cluster_in_another_partition_names_nothing_of_the_public_cloud() -> None:
    """B11."""
    admin = "arn:aws-us-gov:iam::111122223333:role/platform"
    found = made({"region": "us-gov-west-1", "admins": [admin], "access": {}})
    written = json.dumps([one.inputs for one in found.recorded.seen if one.kind.startswith("aws:")])
    assert "arn:aws-us-gov:eks::aws:cluster-access-policy/" in written
    assert "arn:aws:iam" not in written
    assert "arn:aws:eks" not in written


def test_a_kubernetes_in_its_place_needs_no_administrator_of_eks(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("{}")
    found = made({"admins": [], "access": {}, "kubeconfig": str(kubeconfig)})
    provider = found.inputs("pulumi:providers:kubernetes", "cluster-api")
    assert provider["kubeconfig"] == str(kubeconfig)
    assert "clusterIdentifier" not in provider


def test_an_existing_cluster_is_reached_by_its_kubeconfig_alone(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("{}")
    found = requested(lambda: ExistingCluster("cluster", {"kubeconfig": str(kubeconfig)}))
    assert not [one for one in found.recorded.seen if one.kind.startswith("aws:")]
    with pytest.raises(SpecError, match="kubeconfig = '/nowhere'"):
        requested(lambda: ExistingCluster("cluster", {"kubeconfig": "/nowhere"}))


def test_outputs_are_what_add_ons_and_nodes_are_made_from() -> None:
    found: list[str] = []

    def program() -> None:
        one = Cluster("cluster", ARGS)
        assert one.version == "1.34"
        assert len(one.ready) == 3
        pulumi.Output.all(one.name, one.endpoint).apply(found.extend)

    requested(program)
    assert found == ["stack-cluster", "https://api.example"]
