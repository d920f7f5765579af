"""Controllers from charts: pinned, ordered, and told what they cannot look up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.charts.args import ChartContext, ControllersArgs
from components.charts.catalogue import CATALOGUE, CHART, CONTROLLERS, MANIFESTS, Controller, GitArchive, GoModule
from components.charts.component import Controllers
from components.charts.digest import digest_of
from components.charts.images import EKS_REGIONS, Image, eks_registry, mirrored, parts, reference, repository_and_tag
from components.charts.spec import IMAGE, ControllersSpec, missing
from components.charts.values import EFA_LABEL, GPU_LABEL, Values, probed_each
from components.gpu_pool.spec import TAINT
from components.violations import SpecError
from tests.unit.components.recorder import Recorder, declared

AWS: ChartContext = {
    "region": "eu-central-1",
    "cluster_name": "factory",
    "vpc_id": "vpc-1",
    "interruption_queue": "interruptions",
}
GPU_CHARTS = ("nvidia-device-plugin", "efa-device-plugin", "dcgm-exporter")
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "workflow-controller"},
    "spec": {
        "template": {
            "spec": {
                "securityContext": {"runAsNonRoot": True},
                "containers": [{"name": "workflow-controller", "image": "latest", "args": [], "env": [{"name": "A"}]}],
            }
        }
    },
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "argo-binding"},
    "subjects": [{"kind": "ServiceAccount", "name": "argo"}],
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """Stand-ins for fetched charts, and a catalogue with their digests."""

    folder: Path
    catalogue: Mapping[str, Controller]

    def args(self, *names: str, **context: object) -> ControllersArgs:
        given_facts = cast("ChartContext", {**AWS, **context})
        return {"names": names, "folder": str(self.folder), "context": given_facts}

    def parse(self, *names: str, **context: object) -> ControllersSpec:
        return ControllersSpec.parse(self.args(*names, **context), self.catalogue)

    def refuses(self, *names: str, **context: object) -> str:
        with pytest.raises(SpecError) as refused:
            self.parse(*names, **context)
        return str(refused.value)

    def declare(self, *names: str, **context: object) -> Recorder:
        return declared(lambda: Controllers("add", self.args(*names, **context), catalogue=self.catalogue))


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Fetched:
    folder = tmp_path_factory.mktemp("charts")
    catalogue: dict[str, Controller] = {}
    for controller in CONTROLLERS:
        place = folder / controller.folder
        for part in controller.folders:
            (place / part).mkdir(parents=True)
            (place / part / "Chart.yaml").write_text(f"name: {controller.name}\n")
        if controller.crds:
            (place / controller.crds).mkdir(parents=True, exist_ok=True)
            (place / controller.crds / "crd.yaml").write_text("kind: CustomResourceDefinition\n")
            (place / controller.crds / "kustomization.yaml").write_text("resources: [crd.yaml]\n")
        if MANIFESTS in controller.folders:
            for part, content in (("base/workflow-controller", DEPLOYMENT), ("cluster-install-no-crds", BINDING)):
                below = place / MANIFESTS / part
                below = below / "workflow-controller-rbac" if content is BINDING else below
                below.mkdir(parents=True)
                (below / "object.yaml").write_text(yaml.safe_dump(content))
                (below / "kustomization.yaml").write_text("kind: Kustomization\n")
        catalogue[controller.name] = replace(controller, digest=digest_of(place))
    return Fetched(folder, catalogue)


def values(name: str, **context: object) -> Values:
    return CATALOGUE[name].values(cast("ChartContext", {**AWS, **context}))


def at(value: object, *path: str | int) -> object:
    for key in path:
        value = cast("list[object]", value)[key] if isinstance(key, int) else cast("Values", value)[key]
    return value


def on_gpu_nodes(label: str) -> Values:
    term = {"matchExpressions": [{"key": label, "operator": "In", "values": ["true"]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_is_pinned(name: str) -> None:
    controller = CATALOGUE[name]
    assert controller.digest.startswith("sha256:")
    assert len(controller.digest) == len("sha256:") + 64
    match controller.source:
        case GoModule(version=version):
            assert version == f"v{controller.version}"
        case GitArchive(commit=commit):
            assert len(commit) == 40
    for image in controller.images:
        assert IMAGE.fullmatch(image.reference.replace("EKS/", "registry.example.org/")), image
        assert parts(image.reference)[1] not in ("", "main", "latest")


def test_names_of_images_are_unique() -> None:
    names = [image.name for controller in CONTROLLERS for image in controller.images]
    assert len(set(names)) == len(names)


def test_no_matches_for_kind_jobset_and_workflow(fetched: Fetched) -> None:
    """A3: JobSet and Argo come with their CRDs, declared before what watches them."""
    seen = fetched.declare("jobset", "argo-workflows")
    assert seen.kinds() == {
        "add": "aifactory:charts:Controllers",
        "add-jobset-system": "kubernetes:core/v1:Namespace",
        "add-argo": "kubernetes:core/v1:Namespace",
        "add-jobset-crds": "kubernetes:yaml/v2:ConfigGroup",
        "add-jobset": "kubernetes:helm.sh/v4:Chart",
        "add-argo-workflows-crds": "kubernetes:yaml/v2:ConfigGroup",
        "add-argo-workflows": "kubernetes:yaml/v2:ConfigGroup",
    }
    names = [one.name for one in seen.seen]
    assert names.index("add-jobset-crds") < names.index("add-jobset")
    chart = seen.inputs()["add-jobset"]
    assert (chart["name"], chart["namespace"], chart["skipCrds"]) == ("jobset", "jobset-system", True)
    files = cast("list[str]", seen.inputs()["add-jobset-crds"]["files"])
    assert [Path(file).name for file in files] == ["crd.yaml"]


@pytest.mark.parametrize("name", GPU_CHARTS)
def test_taint_keeps_the_plugin_off_its_own_nodes(name: str) -> None:
    """A4, complaints 15 and 16: one taint feeds every chart, whatever the taint's value."""
    tolerated = {"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}
    assert tolerated in cast("list[Values]", values(name)["tolerations"])
    other = cast("list[Values]", values(name, gpu_taint="example.com/gpu")["tolerations"])
    assert {**tolerated, "key": "example.com/gpu"} in other
    assert tolerated not in other


@pytest.mark.parametrize("name", ["nvidia-device-plugin", "dcgm-exporter"])
def test_gpu_is_never_advertised_without_node_feature_discovery(name: str) -> None:
    """A4, C5: the affinity is the pool's own label, not one that discovery would have to set first."""
    assert values(name)["affinity"] == on_gpu_nodes(GPU_LABEL)
    assert "gfd" not in values(name)


def test_efa_plugin_crash_loops_on_types_without_efa() -> None:
    """Complaint 17: it is placed by what EC2 says of a pool's type; the chart's list of types is not used."""
    assert values("efa-device-plugin")["supportedInstanceLabels"] == {"keys": [EFA_LABEL], "values": ["true"]}
    labels = values("efa-device-plugin", efa_label="example.com/efa")["supportedInstanceLabels"]
    assert at(labels, "keys") == ["example.com/efa"]


def test_efa_plugin_misreads_p6_b200() -> None:
    """Complaint 18: fixed in 0.5.6."""
    image = CATALOGUE["efa-device-plugin"].images[0]
    version = parts(image.reference)[1].removeprefix("v")
    assert tuple(map(int, version.split("."))) >= (0, 5, 6)


def test_no_operator_installs_drivers_where_the_ami_has_them() -> None:
    """Complaint 19: the driver and the toolkit are those of the AMI; nothing in the catalogue brings others."""
    assert not {"gpu-operator", "nvidia-driver", "nvidia-container-toolkit"} & set(CATALOGUE)


def test_load_balancer_controller_dies_without_metadata_service() -> None:
    """C9, complaint 23: region and VPC are said."""
    said = values("aws-load-balancer-controller")
    assert (said["region"], said["vpcId"], said["clusterName"]) == ("eu-central-1", "vpc-1", "factory")
    assert "enableShield" not in said


def test_load_balancer_controller_asks_shield_and_waf_in_a_closed_network() -> None:
    said = values("aws-load-balancer-controller", closed=True)
    assert [said[key] for key in ("enableShield", "enableWaf", "enableWafv2")] == [False] * 3


def test_load_balancer_certificate_is_another_in_every_preview() -> None:
    """The chart's own certificate is made at each rendering; cert-manager's is not."""
    assert values("aws-load-balancer-controller")["enableCertManager"] is True
    assert CATALOGUE["aws-load-balancer-controller"].requires == ("cert-manager",)


def test_chart_with_a_hook_breaks() -> None:
    """Complaint 25: cert-manager's check of itself is a hook, and stays out."""
    assert values("cert-manager")["startupapicheck"] == {"enabled": False}
    assert values("cert-manager")["crds"] == {"enabled": False}


def test_pods_wait_for_the_webhook_of_kueue() -> None:
    """Kueue manages jobs: a pod, a Deployment or a StatefulSet is admitted without it."""
    text = cast("str", at(values("kueue"), "managerConfig", "controllerManagerConfigYaml"))
    assert at(yaml.safe_load(text), "integrations", "frameworks") == ["batch/job", "jobset.x-k8s.io/jobset"]


def test_karpenter_is_told_queue_and_cluster() -> None:
    settings = values("karpenter")["settings"]
    assert settings == {"clusterName": "factory", "interruptionQueue": "interruptions", "isolatedVPC": False}
    assert at(values("karpenter", closed=True), "settings", "isolatedVPC") is True


def test_karpenter_runs_the_image_that_its_publisher_named() -> None:
    image = at(values("karpenter"), "controller", "image")
    assert at(image, "repository") == "public.ecr.aws/karpenter/controller@sha256"
    assert at(image, "digest") == ""


@pytest.mark.parametrize("name", ["dcgm-exporter", "karpenter", "aws-load-balancer-controller"])
def test_service_monitors_wait_for_their_operator(name: str) -> None:
    assert at(values(name), "serviceMonitor", "enabled") is False
    assert at(values(name, monitoring=True), "serviceMonitor", "enabled") is True


def test_a_release_and_not_a_main_branch_runs() -> None:
    """The charts in the modules of JobSet and Kueue name images of a branch."""
    assert values("jobset")["image"] == {
        "repository": "registry.k8s.io/jobset/jobset",
        "tag": "v0.10.1",
        "pullPolicy": "IfNotPresent",
    }
    assert at(values("kueue"), "controllerManager", "manager", "image", "tag") == "v0.17.0"


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_mirror_serves_every_image(name: str, fetched: Fetched) -> None:
    context = cast("ChartContext", {**AWS, "registry": "registry.example.org/mirror"})
    controller = fetched.catalogue[name]
    pulled = _images([controller.values(context), *controller.objects(fetched.folder, context)])
    assert len(pulled) == len(controller.images)
    assert all(image.startswith("registry.example.org/mirror/") for image in pulled)


def _images(value: object) -> list[str]:
    """Images in values and objects, by the shapes that charts give them."""
    if isinstance(value, Mapping):
        content = cast("Values", value)
        own = [str(content["repository"])] if "repository" in content else []
        own += [str(content["image"])] if isinstance(content.get("image"), str) else []
        arguments = cast("list[str]", content.get("args") or [])
        own += [arguments[arguments.index("--executor-image") + 1]] if arguments else []
        return own + [image for item in content.values() for image in _images(item)]
    return [image for item in cast("list[object]", value) for image in _images(item)] if isinstance(value, list) else []


def test_the_lab_runs_its_own_images(fetched: Fetched) -> None:
    facts: dict[str, object] = {
        "images": {
            "jobset": "localhost/aifactory/jobset-manager:1",
            "argo-controller": "localhost/aifactory/workflow-controller:1",
            "argo-executor": "localhost/aifactory/argoexec:1",
        },
        "pull_policy": "Never",
        "requests": {"cpu": "50m", "memory": "128Mi"},
        "run_as_user": 65532,
        "requeue_seconds": 1,
    }
    jobset = values("jobset", **facts)
    assert jobset["image"] == {"repository": "localhost/aifactory/jobset-manager", "tag": "1", "pullPolicy": "Never"}
    assert at(jobset, "controller", "resources", "requests") == {"cpu": "50m", "memory": "128Mi"}
    assert at(jobset, "controller", "podSecurityContext") == {"runAsUser": 65532}
    argo = fetched.catalogue["argo-workflows"]
    found = argo.objects(fetched.folder, cast("ChartContext", {**AWS, **facts}))
    pod = at(next(one for one in found if one["kind"] == "Deployment"), "spec", "template", "spec")
    container = at(pod, "containers", 0)
    assert at(container, "image") == "localhost/aifactory/workflow-controller:1"
    assert at(container, "imagePullPolicy") == "Never"
    assert at(container, "args") == [
        *("--executor-image", "localhost/aifactory/argoexec:1"),
        *("--executor-image-pull-policy", "Never"),
    ]
    assert at(container, "env") == [{"name": "A"}, {"name": "DEFAULT_REQUEUE_TIME", "value": "1s"}]
    assert at(pod, "securityContext") == {"runAsNonRoot": True, "runAsUser": 65532}


def test_manifests_get_their_namespace(fetched: Fetched) -> None:
    found = {str(one["kind"]): one for one in fetched.catalogue["argo-workflows"].objects(fetched.folder, AWS)}
    assert set(found) == {"Deployment", "ClusterRoleBinding"}
    assert at(found["Deployment"], "metadata", "namespace") == "argo"
    assert "namespace" not in cast("Values", found["ClusterRoleBinding"]["metadata"])
    assert at(found["ClusterRoleBinding"], "subjects", 0, "namespace") == "argo"


def test_another_pace_of_probes_is_asked_of_a_chart_of_any_kind(fetched: Fetched) -> None:
    seen = fetched.declare("jobset", readiness_seconds=1)
    assert "add-jobset" in seen.inputs()


def test_readiness_is_looked_for_at_another_pace() -> None:
    probed: Values = {"name": "a", "readinessProbe": {"httpGet": {}, "periodSeconds": 10}}
    deployment: Values = {"spec": {"replicas": 1, "template": {"spec": {"containers": [probed, {"name": "b"}]}}}}
    changed = at(probed_each(deployment, 1), "spec", "template", "spec", "containers")
    assert changed == [
        {"name": "a", "readinessProbe": {"httpGet": {}, "periodSeconds": 1, "initialDelaySeconds": 1}},
        {"name": "b"},
    ]
    assert at(deployment, "spec", "template", "spec", "containers", 0, "readinessProbe", "periodSeconds") == 10


def test_controllers_are_installed_after_those_they_stand_on(fetched: Fetched) -> None:
    spec = fetched.parse("kueue", "aws-load-balancer-controller", "cert-manager", "jobset")
    order = [one.name for one in spec.controllers]
    assert order.index("jobset") < order.index("kueue")
    assert order.index("cert-manager") < order.index("aws-load-balancer-controller")
    assert set(spec.namespaces) == {"cert-manager", "jobset-system", "kueue-system"}
    # Without JobSet, Kueue still manages plain jobs.
    assert [one.name for one in fetched.parse("kueue").controllers] == ["kueue"]


@given(st.permutations(sorted(CATALOGUE)))
def test_every_order_of_names_is_put_right(fetched: Fetched, names: list[str]) -> None:
    spec = fetched.parse(*names)
    placed = [one.name for one in spec.controllers]
    assert sorted(placed) == sorted(names)
    for index, controller in enumerate(spec.controllers):
        assert set(spec.before(controller)) <= set(placed[:index])


def test_a_chart_whose_digest_differs_is_refused_before_anything_is_made(fetched: Fetched, tmp_path: Path) -> None:
    controller = fetched.catalogue["jobset"]
    (tmp_path / controller.folder / CHART / "templates").mkdir(parents=True)
    (tmp_path / controller.folder / CHART / "templates" / "evil.yaml").write_text("kind: Job\n")
    other = Fetched(tmp_path, fetched.catalogue)
    output = other.refuses("jobset")
    assert f"folder = '{tmp_path / controller.folder}': jobset 0.10.1 is installed from what was reviewed" in output
    assert f"{controller.digest} was expected" in output
    assert digest_of(tmp_path / controller.folder) in output
    assert "remove it, bring it again with `aifactory mirror --charts" in output
    recorder = Recorder()
    with pytest.raises(SpecError):
        declared(lambda: Controllers("add", other.args("jobset"), catalogue=other.catalogue), recorder)
    assert recorder.seen == []


def test_a_chart_that_was_not_brought_is_refused_with_the_command(fetched: Fetched, tmp_path: Path) -> None:
    output = Fetched(tmp_path, fetched.catalogue).refuses("jobset")
    assert "and nothing is there" in output
    assert f"bring it with `aifactory mirror --charts {tmp_path}`" in output
    assert missing(["jobset"], tmp_path, fetched.catalogue) == [fetched.catalogue["jobset"]]
    assert missing(["jobset"], fetched.folder, fetched.catalogue) == []


@pytest.mark.parametrize(
    ("names", "context", "expected"),
    [
        (
            ("argo",),
            {},
            "names[0] = 'argo': a controller is one of the catalogue, where its version and digest are pinned; one of"
            " argo-workflows,",
        ),
        (("jobset", "jobset"), {}, "names = 'jobset,jobset': each controller is named once"),
        (
            ("aws-load-balancer-controller",),
            {},
            "names = 'aws-load-balancer-controller': aws-load-balancer-controller does not work without cert-manager;"
            " add cert-manager",
        ),
        (
            ("karpenter",),
            {"interruption_queue": ""},
            "context.interruption_queue = '': karpenter is told its interruption_queue: on nodes that keep pods away",
        ),
        (
            ("efa-device-plugin",),
            {"region": "moon-1"},
            "context.region = 'moon-1': the images of efa-device-plugin are in EKS's registry of the region, and of"
            " this one none is known; the EKS user guide lists them",
        ),
        (
            ("jobset",),
            {"closed": True},
            "context.registry = '': a closed network pulls images from a registry inside it, and jobset would come from"
            " outside; fill one with `aifactory mirror --to REGISTRY` and name it",
        ),
        (
            ("jobset",),
            {"registry": "https://Registry"},
            "context.registry = 'https://Registry': a registry is HOST[:PORT][/FOLDER], without a scheme and in lower"
            " case; e.g. registry.example.org/mirror",
        ),
        (
            ("jobset",),
            {"images": {"jobsets": "localhost/x:1"}},
            "context.images[jobsets] = 'localhost/x:1': an image that is replaced is one of the catalogue's; one of",
        ),
        (
            ("jobset",),
            {"images": {"jobset": "localhost/x"}},
            "context.images[jobset] = 'localhost/x': an image is REGISTRY/PATH with a tag or a digest; e.g. registry",
        ),
        (
            ("jobset",),
            {"pull_policy": "Sometimes"},
            "context.pull_policy = 'Sometimes': images are pulled by one of Always, IfNotPresent, Never",
        ),
        (
            ("jobset",),
            {"requests": {"cpu": "-1"}},
            "context.requests[cpu] = '-1': a controller asks for cpu in cores or thousandths of them, and for memory in"
            " Mi or Gi; e.g.",
        ),
        (
            ("jobset",),
            {"requests": {"gpu": "1"}},
            "context.requests[gpu] = '1': a controller asks for cpu",
        ),
        (
            ("jobset",),
            {"run_as_user": 0},
            "context.run_as_user = 0: run_as_user is a whole number of 1 or more",
        ),
        (
            ("jobset",),
            {"requeue_seconds": 1.5},
            "context.requeue_seconds = 1.5: requeue_seconds is a whole number of 1 or more",
        ),
        (
            ("jobset",),
            {"readiness_seconds": True},
            "context.readiness_seconds = True: readiness_seconds is a whole number of 1 or more",
        ),
        (
            ("jobset",),
            {"gpu_taint": "nvidia.com/gpu=true"},
            "context.gpu_taint = 'nvidia.com/gpu=true': the key of a label or taint is a name, with a domain and a"
            " slash before it or not; e.g. nvidia.com/gpu",
        ),
        (("jobset",), {"efa_label": "a b"}, "context.efa_label = 'a b': the key of a label or taint is a name"),
    ],
)
def test_what_is_refused_says_key_value_rule_and_remedy(
    fetched: Fetched, names: tuple[str, ...], context: dict[str, object], expected: str
) -> None:
    assert expected in fetched.refuses(*names, **context)


def test_every_violation_is_said_at_once(fetched: Fetched) -> None:
    output = fetched.refuses("argo", "karpenter", interruption_queue="", pull_policy="no")
    assert len(output.splitlines()) == 3


def test_a_replaced_image_needs_no_mirror_in_a_closed_network(fetched: Fetched) -> None:
    assert fetched.parse("jobset", closed=True, images={"jobset": "localhost/x:1"}).controllers


def test_a_closed_network_reaches_the_registry_of_eks(fetched: Fetched) -> None:
    assert fetched.parse("efa-device-plugin", closed=True).controllers


def test_what_only_the_cloud_knows_may_be_unknown(fetched: Fetched) -> None:
    def program() -> None:
        unknown = pulumi.Output.from_input("vpc-of-later")
        args = fetched.args("cert-manager", "aws-load-balancer-controller", vpc_id=unknown)
        Controllers("add", args, catalogue=fetched.catalogue)

    chart = declared(program).inputs()["add-aws-load-balancer-controller"]
    assert at(chart["values"], "vpcId") == "vpc-of-later"


def test_policies_can_judge_what_is_installed(fetched: Fetched) -> None:
    seen = fetched.declare("jobset")
    assert seen.inputs()["add"] == {
        "versions": {"jobset": "0.10.1"},
        "digests": {"jobset": fetched.catalogue["jobset"].digest},
    }


def test_what_uses_a_controller_finds_version_namespace_and_resource(fetched: Fetched) -> None:
    made: list[Controllers] = []
    args = fetched.args("nvidia-device-plugin", "jobset")
    declared(lambda: made.append(Controllers("add", args, catalogue=fetched.catalogue)))
    assert made[0].versions == {"nvidia-device-plugin": "0.18.0", "jobset": "0.10.1"}
    assert made[0].namespaces == {"nvidia-device-plugin": "kube-system", "jobset": "jobset-system"}
    assert set(made[0].installed) == {"nvidia-device-plugin", "jobset"}


def test_kube_system_is_not_made_again(fetched: Fetched) -> None:
    assert fetched.declare("nvidia-device-plugin").of("kubernetes:core/v1:Namespace") == []


@pytest.mark.parametrize(
    ("region", "registry"),
    [
        ("us-west-2", "602401143452.dkr.ecr.us-west-2.amazonaws.com"),
        ("eu-south-2", "455263428931.dkr.ecr.eu-south-2.amazonaws.com"),
        ("cn-north-1", "918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "013241004608.dkr.ecr.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "877088126301.dkr.ecr.eusc-de-east-1.amazonaws.eu"),
        ("nowhere-1", ""),
        ("", ""),
    ],
)
def test_eks_has_a_registry_in_each_region(region: str, registry: str) -> None:
    assert eks_registry(region) == registry


def test_the_plugin_comes_from_the_region_of_the_cluster() -> None:
    image = at(values("efa-device-plugin", region="us-gov-east-1"), "image", "repository")
    assert image == "151742754352.dkr.ecr.us-gov-east-1.amazonaws.com/eks/aws-efa-k8s-device-plugin"
    assert "us-west-2" in EKS_REGIONS


HOSTS = st.sampled_from(("localhost", "localhost:5000", "registry.example.org", "r:5000/folder"))
PATHS = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8})?", fullmatch=True)
TAGS = st.from_regex(r"v?[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True)
DIGESTS = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)


@given(HOSTS, PATHS, TAGS, st.one_of(st.just(""), DIGESTS))
def test_an_image_is_put_together_as_it_was_taken_apart(host: str, path: str, tag: str, digest: str) -> None:
    whole = f"{host}/{path}:{tag}" + (f"@{digest}" if digest else "")
    assert parts(whole) == (f"{host}/{path}", tag, digest)
    repository, rest = repository_and_tag(whole)
    # As charts write it.
    assert f"{repository}:{rest}" == (f"{host}/{path}@{digest}" if digest else whole)
    assert mirrored(whole, "mirror.example.org").endswith(whole)
    assert mirrored(whole, "") == whole
    image = Image(name="it", reference=whole)
    assert reference(image, {}) == whole
    assert reference(image, {"registry": "m.example.org", "images": {"it": "localhost/it:1"}}) == "localhost/it:1"


def test_images_that_run_by_a_tag_are_named(fetched: Fetched) -> None:
    assert set(fetched.parse("jobset", "karpenter").tagged) == {"jobset"}
    locked = {"jobset": "registry.example.org/jobset@sha256:" + "0" * 64}
    assert fetched.parse("jobset", images=locked).tagged == {}


def test_parts_of_a_name_without_a_tag() -> None:
    assert parts("localhost:5000/x") == ("localhost:5000/x", "", "")


def test_a_digest_depends_on_names_and_content_alone(tmp_path: Path) -> None:
    def folder(name: str, files: Mapping[str, str]) -> str:
        for path, content in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(content)
        return digest_of(tmp_path / name)

    first = folder("a", {"x": "1", "sub/y": "2"})
    assert folder("b", {"sub/y": "2", "x": "1"}) == first
    changes: list[Callable[[], str]] = [
        lambda: folder("c", {"x": "1", "sub/y": "3"}),
        lambda: folder("d", {"x": "1", "sub/z": "2"}),
        lambda: folder("e", {"x": "1", "sub/y": "2", "more": ""}),
    ]
    assert len({first, *(change() for change in changes)}) == 4
    assert digest_of(tmp_path / "absent") == ""
