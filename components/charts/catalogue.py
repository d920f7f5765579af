"""The controllers that can be installed: each of one version, from one source, with the digest of its chart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.charts import argo, values
from components.charts.args import ChartContext
from components.charts.images import Image
from components.charts.values import Images, Values

CHART = "chart"
"""Where a chart is in the folder of its controller."""
MANIFESTS = "manifests"
KARPENTER = "karpenter"
KUSTOMIZATION = "kustomization.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class GoModule:
    """A Go module whose publisher ships the chart inside it; any proxy of Go modules serves it."""

    module: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GitArchive:
    """A public repository on GitHub at one commit, for what no registry of packages serves."""

    repository: str
    """OWNER/NAME."""
    commit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Controller:
    """One entry."""

    name: str
    version: str
    source: GoModule | GitArchive
    folders: Mapping[str, str]
    """Folder here, `chart`, `crds` or `manifests` -> its path in the source."""
    digest: str
    """Of the folder with those, as `digest_of` says it."""
    namespace: str
    images: tuple[Image, ...]
    install: Callable[[ChartContext, Images], Values] | None
    """The chart's values; None for manifests, which `argo` reads."""
    crds: str = ""
    """Folder of the CRDs that are declared before everything else; "" where the chart's own templates hold them."""
    requires: tuple[str, ...] = ()
    """Controllers without which it does not work, and which are there before it."""
    after: tuple[str, ...] = ()
    """Controllers that are there before it where both are."""
    needs: tuple[str, ...] = ()
    """Keys of the context that it cannot do without."""

    @property
    def folder(self) -> str:
        """Name of its folder among the fetched charts."""
        return f"{self.name}-{self.version}"

    def values(self, context: ChartContext) -> Values:
        """What its chart is given."""
        return self.install(context, self.named_images) if self.install else {}

    def objects(self, folder: Path, context: ChartContext) -> list[Values]:
        """The objects of its manifests; none for a chart, which the engine renders."""
        if self.install:
            return []
        return argo.objects(folder / self.folder / MANIFESTS, self.namespace, context, self.named_images)

    def crd_files(self, folder: Path) -> list[Path]:
        """Files with its CRDs, of the fetched charts in `folder`."""
        found = sorted((folder / self.folder / self.crds).glob("*.yaml")) if self.crds else []
        return [path for path in found if path.name != KUSTOMIZATION]

    @property
    def named_images(self) -> dict[str, Image]:
        return {image.name: image for image in self.images}


_EKS_CHARTS = GitArchive(repository="aws/eks-charts", commit="5239609242f3430be50fb0b714a24d3ef2b47983")
_CERT_MANAGER = "v1.21.2"
_KEDA = "2.20.2"
_ARGO = "v3.7.4"

CONTROLLERS: tuple[Controller, ...] = (
    Controller(
        name="cert-manager",
        version="1.21.2",
        source=GoModule(module="github.com/cert-manager/cert-manager", version=_CERT_MANAGER),
        folders={CHART: "deploy/charts/cert-manager", "crds": "deploy/crds"},
        digest="sha256:429bede579a98a27c3f45937db8c75d9b2ee28f0a86df05d40fd438433c1f699",
        namespace="cert-manager",
        # The chart in the module has no version of its own: its images are named.
        images=tuple(
            Image(name=f"cert-manager-{part}", reference=f"quay.io/jetstack/cert-manager-{part}:{_CERT_MANAGER}")
            for part in ("controller", "webhook", "cainjector", "acmesolver")
        ),
        install=values.cert_manager,
        crds="crds",
    ),
    Controller(
        name="jobset",
        version="0.10.1",
        source=GoModule(module="sigs.k8s.io/jobset", version="v0.10.1"),
        folders={CHART: "charts/jobset"},
        digest="sha256:d3cf114f59b1ba7bcb34cf49c5ffeb017f56527ef2290054c43a94567ed9d916",
        namespace="jobset-system",
        images=(Image(name="jobset", reference="registry.k8s.io/jobset/jobset:v0.10.1"),),
        install=values.jobset,
        crds=f"{CHART}/crds",
    ),
    Controller(
        name="argo-workflows",
        version="3.7.4",
        source=GoModule(module="github.com/argoproj/argo-workflows/v3", version=_ARGO),
        folders={MANIFESTS: "manifests"},
        digest="sha256:67f673146985cd07996da1e57dfe7972d7e292baae5bc5ff5419298c208f4b18",
        namespace="argo",
        images=(
            Image(name="argo-controller", reference=f"quay.io/argoproj/workflow-controller:{_ARGO}"),
            Image(name="argo-executor", reference=f"quay.io/argoproj/argoexec:{_ARGO}"),
        ),
        install=None,
        # The full ones are larger than an API server takes by `kubectl apply`, and validate no more.
        crds=f"{MANIFESTS}/base/crds/minimal",
    ),
    Controller(
        name="kueue",
        version="0.17.0",
        source=GoModule(module="sigs.k8s.io/kueue", version="v0.17.0"),
        folders={CHART: "charts/kueue"},
        digest="sha256:8745fca2a60c0d74dda4fb1302896011a681a1e1cee3e79aea600b546b687134",
        namespace="kueue-system",
        images=(Image(name="kueue", reference="registry.k8s.io/kueue/kueue:v0.17.0"),),
        install=values.kueue,
        # It manages the jobs of the kinds that it finds when it starts.
        after=("jobset",),
    ),
    Controller(
        name="nvidia-device-plugin",
        version="0.18.0",
        source=GoModule(module="github.com/NVIDIA/k8s-device-plugin", version="v0.18.0"),
        folders={CHART: "deployments/helm/nvidia-device-plugin"},
        digest="sha256:6f9d74f44b644a0a8475cb63bf067b9de93acdc05589d437cbf4b80a1be98607",
        namespace="kube-system",
        images=(Image(name="nvidia-device-plugin", reference="nvcr.io/nvidia/k8s-device-plugin:v0.18.0"),),
        install=values.device_plugin,
    ),
    Controller(
        name="efa-device-plugin",
        version="0.5.30",
        source=_EKS_CHARTS,
        folders={CHART: "stable/aws-efa-k8s-device-plugin"},
        digest="sha256:bfbe1192b89eedb763755169d78752e39c9dbf9d57e26738497719774401bdcc",
        namespace="kube-system",
        # Older ones than 0.5.6 misread the cards of p6-b200 (terraform-aws-eks-data-addons#53).
        images=(Image(name="efa-device-plugin", reference="EKS/eks/aws-efa-k8s-device-plugin:v0.5.20"),),
        install=values.efa_plugin,
        needs=("region",),
    ),
    Controller(
        name="dcgm-exporter",
        version="4.8.2",
        source=GitArchive(repository="NVIDIA/dcgm-exporter", commit="691c92762eb551313c825f6efe4ceeee20982801"),
        folders={CHART: "deployment"},
        digest="sha256:969f993bc4f0c158093deea1bc3b9e121b078547277c371ac32b9a7ce0229014",
        namespace="dcgm-exporter",
        images=(Image(name="dcgm-exporter", reference="nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"),),
        install=values.dcgm_exporter,
    ),
    Controller(
        name=KARPENTER,
        version="1.14.1",
        source=GoModule(module="github.com/aws/karpenter-provider-aws", version="v1.14.1"),
        # The chart's own CRDs are links, which a module does not hold.
        folders={CHART: "charts/karpenter", "crds": "pkg/apis/crds"},
        digest="sha256:7c79567ce77fef7f22ea13356ae42e0e55e35ebcc59b5975234b8311a62b4c3e",
        namespace="kube-system",
        images=(
            Image(
                name="karpenter",
                # The module's chart names the release before; its publisher wrote this digest into the next.
                reference="public.ecr.aws/karpenter/controller:1.14.1"
                "@sha256:723130949e4cab989461ff07d1be4cd781d63515432494641b33c235f300ae23",
            ),
        ),
        install=values.karpenter,
        crds="crds",
        needs=("cluster_name", "interruption_queue"),
    ),
    Controller(
        name="aws-load-balancer-controller",
        version="3.5.0",
        source=_EKS_CHARTS,
        folders={CHART: "stable/aws-load-balancer-controller"},
        digest="sha256:f3a4d690d5f726b2943a20f3bfe70564391c73053cb62ad30e60d2ed31752a5e",
        namespace="kube-system",
        images=(
            Image(
                name="aws-load-balancer-controller", reference="public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0"
            ),
        ),
        install=values.load_balancer_controller,
        crds=f"{CHART}/crds",
        requires=("cert-manager",),
        needs=("cluster_name", "region", "vpc_id"),
    ),
    Controller(
        name="keda",
        version=_KEDA,
        source=GitArchive(repository="kedacore/charts", commit="cbb9bb8ce0809dc9048f72302f7c09765d66ed56"),
        folders={CHART: "keda"},
        digest="sha256:524d70776084e4b8ad0c0057b74e429d0e1c87bda0b783a051186394e8166b18",
        namespace="keda",
        images=tuple(
            Image(name=name, reference=f"ghcr.io/kedacore/{name}:{_KEDA}")
            for name in ("keda", "keda-metrics-apiserver", "keda-admission-webhooks")
        ),
        install=values.keda,
    ),
)
CATALOGUE: Mapping[str, Controller] = {one.name: one for one in CONTROLLERS}
