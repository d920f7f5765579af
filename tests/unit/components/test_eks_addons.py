"""EksAddons: what nodes need before them, what needs nodes after them, each with a role of its own."""

import json
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cluster.component import Cluster
from components.eks_addons.args import EksAddonsArgs
from components.eks_addons.component import EksAddons
from components.eks_addons.spec import EksAddonsSpec
from components.eks_addons.table import ADDONS, BEFORE_NODES, ON_NODES, S3_DRIVER
from components.gpu_pool.spec import TAINT
from components.system_pool.component import SystemPool
from components.violations import SpecError, Violation
from tests.unit.components.engine_requests import Requests, requested
from tests.unit.components.test_cluster_spec import ARGS as CLUSTER

ARGS: EksAddonsArgs = {
    "cluster_name": "factory",
    "cluster_version": "1.34",
    "region": "us-east-1",
    "names": [*ON_NODES, S3_DRIVER],
    "bucket_arns": {"objects": "arn:aws:s3:::factory-objects"},
}
ADDON = "aws:eks/addon:Addon"


def made(changed: Mapping[str, object] = {}) -> Requests:
    return requested(lambda: EksAddons("on", cast("EksAddonsArgs", {**ARGS, **changed})))


def addon(name: str, changed: Mapping[str, object] = {}) -> Mapping[str, object]:
    return made(changed).inputs(ADDON, f"on-{name}")


def before(changed: Mapping[str, object] = {}) -> dict[str, object]:
    return {"names": BEFORE_NODES, "bucket_arns": {}, **changed}


def configuration(found: Mapping[str, object]) -> object:
    return json.loads(str(found["configurationValues"]))


def policy(found: Requests, name: str) -> list[dict[str, object]]:
    written = str(found.inputs("aws:iam/rolePolicy:RolePolicy", name)["policy"])
    return cast("dict[str, list[dict[str, object]]]", json.loads(written))["Statement"]


def violation(changed: Mapping[str, object]) -> Violation:
    with pytest.raises(SpecError) as caught:
        EksAddonsSpec.parse(cast("EksAddonsArgs", {**ARGS, **changed}))
    assert caught.value.component == "EksAddons"
    assert len(caught.value.violations) == 1, str(caught.value)
    return caught.value.violations[0]


def whole(*, preview: bool = False) -> Requests:
    """Cluster, add-ons before nodes, system pool, add-ons on it: as a platform declares them."""

    def program() -> None:
        cluster = Cluster("cluster", CLUSTER)
        first = EksAddons(
            "before",
            {
                "cluster_name": cluster.name,
                "cluster_version": cluster.version,
                "region": "us-east-1",
                "names": BEFORE_NODES,
                "after": cluster.ready,
            },
        )
        pool = SystemPool(
            "system",
            {
                "cluster_name": cluster.name,
                "cluster_version": cluster.version,
                "region": "us-east-1",
                "subnet_ids": ["subnet-1", "subnet-2"],
                "security_group_id": "sg-1",
                "after": first.ready,
            },
        )
        EksAddons(
            "on",
            {
                "cluster_name": cluster.name,
                "cluster_version": cluster.version,
                "region": "us-east-1",
                "names": ON_NODES,
                "after": pool.ready,
            },
        )

    return requested(program, preview=preview)


def test_a_preview_knows_all_but_what_aws_gives() -> None:
    """Before anything is there, versions, counts and names are judged; ids and ARNs are unknown."""
    found = whole(preview=True)
    assert found.inputs(ADDON, "on-coredns")["clusterName"] == "stack-cluster"
    assert found.asked.keys() == whole().asked.keys()


def test_dns_does_not_stay_pending_and_time_out() -> None:
    """A2 and complaints 8 and 9: CoreDNS comes when an untainted node is there, and the node when its network is."""
    found = whole()
    assert found.waits_for("on-coredns") >= {
        "cluster-eks",
        "before-vpc-cni",
        "before-kube-proxy",
        "before-eks-pod-identity-agent",
        "system-nodes",
    }
    assert found.waits_for("system-nodes") >= {f"before-{name}" for name in BEFORE_NODES}
    assert "taints" not in found.inputs("aws:eks/nodeGroup:NodeGroup", "system-nodes")
    assert "system-nodes" not in found.waits_for("before-vpc-cni")


def test_pods_that_mount_a_filesystem_find_its_driver() -> None:
    """A5: fsx.csi.aws.com, and those of EBS, EFS and S3 beside."""
    assert {"aws-fsx-csi-driver", "aws-ebs-csi-driver", "aws-efs-csi-driver"} <= set(ON_NODES)
    installed = {one.inputs["addonName"] for one in made().recorded.of(ADDON)}
    assert installed == {*ON_NODES, S3_DRIVER}


def test_nothing_that_a_cluster_needs_is_left_unmanaged() -> None:
    """C3: the network, the proxy and DNS are add-ons of a version that is written down."""
    assert set(BEFORE_NODES) == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent"}
    found = made(before())
    versions = {one.inputs["addonName"]: one.inputs.get("addonVersion") for one in found.recorded.of(ADDON)}
    assert versions["kube-proxy"] == "v1.34.6-eksbuild.21"
    assert versions["vpc-cni"] == "v1.22.4-eksbuild.3"
    # Not known: EKS's own default, and none is invented.
    assert versions["eks-pod-identity-agent"] is None


def test_a_minor_version_brings_its_own_add_ons() -> None:
    assert addon("coredns", {"cluster_version": "1.35"})["addonVersion"] == "v1.13.2-eksbuild.21"


def test_a_version_of_an_add_on_can_be_given() -> None:
    given_version = {"addon_versions": {"aws-ebs-csi-driver": "v1.62.0-eksbuild.1", "coredns": "v1.12.4-eksbuild.30"}}
    found = made(given_version)
    assert found.inputs(ADDON, "on-aws-ebs-csi-driver")["addonVersion"] == "v1.62.0-eksbuild.1"
    assert found.inputs(ADDON, "on-coredns")["addonVersion"] == "v1.12.4-eksbuild.30"


def test_a_controller_does_not_die_for_want_of_the_nodes_metadata() -> None:
    """C9: with a hop limit of 1 no pod asks a node for its region."""
    assert configuration(addon("aws-fsx-csi-driver")) == {"controller": {"region": "us-east-1"}}


def test_a_gpu_of_a_tainted_node_is_watched() -> None:
    """C4 and complaint 15: DCGM's DaemonSet tolerates no taint by itself; every other tolerates all."""
    found = cast("dict[str, dict[str, list[object]]]", configuration(addon("eks-node-monitoring-agent")))
    assert found["dcgmAgent"]["tolerations"] == [{"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}]


def test_the_role_of_the_nodes_needs_no_permission_of_an_add_on() -> None:
    found = made(before())
    assert found.inputs(ADDON, "on-vpc-cni")["podIdentityAssociations"] == [
        {"roleArn": "arn:aws:test:us-east-1:123456789012:on-vpc-cni-role", "serviceAccount": "aws-node"}
    ]
    assert "on-vpc-cni-AmazonEKS_CNI_Policy" in found.waits_for("on-vpc-cni")
    trust = str(found.inputs("aws:iam/role:Role", "on-vpc-cni-role")["assumeRolePolicy"])
    assert '"aws:RequestTag/kubernetes-service-account": "aws-node"' in trust
    assert '"aws:RequestTag/kubernetes-namespace": "kube-system"' in trust


def test_an_add_on_that_never_asks_aws_has_no_role() -> None:
    found = made({"names": ["coredns", "metrics-server", "snapshot-controller"], "bucket_arns": {}})
    assert not found.recorded.of("aws:iam/role:Role")
    assert "podIdentityAssociations" not in found.inputs(ADDON, "on-coredns")


def test_the_filesystems_driver_cannot_delete_the_checkpoints() -> None:
    """B1: AmazonFSxFullAccess could; this role deletes what its driver made, and nothing else."""
    statements = policy(made(), "on-aws-fsx-csi-driver-file-systems")
    deleting = [one for one in statements if "fsx:DeleteFileSystem" in str(one["Action"])]
    assert [one["Condition"] for one in deleting] == [{"Null": {"aws:ResourceTag/CSIVolumeName": "false"}}]
    assert not any("*" in str(one["Action"]) for one in statements)


def test_the_object_drivers_role_is_for_its_buckets_alone() -> None:
    statements = policy(made(), f"on-{S3_DRIVER}-bucket-objects")
    assert {str(one["Resource"]) for one in statements} == {
        "arn:aws:s3:::factory-objects",
        "arn:aws:s3:::factory-objects/*",
    }


def test_arns_are_of_the_regions_partition() -> None:
    """B11."""
    found = made(before({"region": "cn-north-1"}))
    attached = found.inputs("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "on-vpc-cni-AmazonEKS_CNI_Policy")
    assert attached["policyArn"] == "arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy"


def test_an_update_keeps_what_an_operator_set() -> None:
    found = addon("coredns")
    assert (found["resolveConflictsOnCreate"], found["resolveConflictsOnUpdate"]) == ("OVERWRITE", "PRESERVE")


def test_further_configuration_is_added_to_what_an_add_on_has_to_be_told() -> None:
    found = addon("aws-fsx-csi-driver", {"configuration": {"aws-fsx-csi-driver": {"node": {"logLevel": 4}}}})
    assert configuration(found) == {"controller": {"region": "us-east-1"}, "node": {"logLevel": 4}}


@pytest.mark.parametrize(
    ("changed", "path", "value", "rule", "remedy"),
    [
        ({"cluster_version": "1.20"}, "cluster_version", "1.20", "its table", "1.34"),
        ({"names": [], "bucket_arns": {}}, "names", "", "one or more", "leave"),
        ({"names": ["karpenter"], "bucket_arns": {}}, "names", "karpenter", "coredns", "chart"),
        ({"names": ["coredns", "coredns"], "bucket_arns": {}}, "names", "coredns,coredns", "once", "remove"),
        (
            {"names": ["vpc-cni", "coredns"], "bucket_arns": {}},
            "names",
            "vpc-cni,coredns",
            "wait for each other",
            "of vpc-cni before the nodes",
        ),
        (
            {"addon_versions": {"vpc-cni": "v1.22.4-eksbuild.3"}},
            "addon_versions[vpc-cni]",
            "v1.22.4-eksbuild.3",
            "is named",
            "add vpc-cni",
        ),
        (
            {"addon_versions": {"coredns": "1.12"}},
            "addon_versions[coredns]",
            "1.12",
            "eksbuild",
            "describe-addon-versions",
        ),
        ({"configuration": {"vpc-cni": {"env": {}}}}, "configuration[vpc-cni]", "env", "is named", "add vpc-cni"),
        (
            {"configuration": {"aws-fsx-csi-driver": {"controller": {}}}},
            "configuration[aws-fsx-csi-driver]",
            "controller",
            "set already",
            "remove",
        ),
        ({"bucket_arns": {}}, "bucket_arns", "", "no other", "name the buckets"),
        ({"names": ON_NODES}, "bucket_arns", "objects", "not among", "add it"),
    ],
)
def test_what_eks_refuses_is_named(changed: dict[str, object], path: str, value: str, rule: str, remedy: str) -> None:
    one = violation(changed)
    assert (one.path, one.value) == (path, value)
    assert rule in one.rule
    assert remedy in one.remedy


@given(st.lists(st.sampled_from(sorted(ADDONS)), min_size=1, unique=True))
def test_a_list_is_of_one_time_or_refused(names: list[str]) -> None:
    args: dict[str, object] = {"names": names, "bucket_arns": {"one": "arn"} if S3_DRIVER in names else {}}
    if len({ADDONS[name].before_nodes for name in names}) == 1:
        found = EksAddonsSpec.parse(cast("EksAddonsArgs", {**ARGS, **args}))
        assert [one.name for one in found.addons] == names
    else:
        assert violation(args).path == "names"
