"""What is checked before a controller is installed: name, facts of the site, and the digest of its chart."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from components.charts.args import ChartContext, ControllersArgs
from components.charts.catalogue import CATALOGUE, Controller
from components.charts.digest import digest_of
from components.charts.images import EKS, eks_registry, parts, reference
from components.violations import Violations

# A host, which has a port, a dot or is localhost, then folders: what every registry takes.
REGISTRY = re.compile(
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)
# The same, then a tag, a digest, or both.
IMAGE = re.compile(REGISTRY.pattern + r"(:[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})")
# Kubernetes, "Images": the values of imagePullPolicy.
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
# Kubernetes, "Resource Management for Pods and Containers"; what a controller is given has no need of more.
QUANTITIES = {"cpu": re.compile(r"[1-9][0-9]*m?|0\.[0-9]+"), "memory": re.compile(r"[1-9][0-9]*(Mi|Gi)")}
# Kubernetes, "Labels and Selectors" and the keys of taints: a DNS name, a slash, a name.
KEY = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class ControllersSpec:
    """Controllers in the order in which they are installed."""

    controllers: tuple[Controller, ...]
    folder: Path
    context: ChartContext

    @classmethod
    def parse(cls, args: ControllersArgs, catalogue: Mapping[str, Controller] = CATALOGUE) -> Self:
        """Raises SpecError with every violation, a chart with another digest among them: nothing was made by then."""
        violations = Violations("Controllers")
        names, folder, context = tuple(args["names"]), Path(args["folder"]), args["context"]
        known = _check_names(violations, names, catalogue)
        _check_context(violations, context, catalogue)
        for controller in known:
            _check_needs(violations, controller, context)
            _check_digest(violations, controller, folder)
        violations.raise_if_any()
        return cls(controllers=tuple(_in_order(known)), folder=folder, context=context)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Namespaces to make; `kube-system` is there with the cluster."""
        found = dict.fromkeys(controller.namespace for controller in self.controllers)
        return tuple(name for name in found if name != "kube-system")

    @property
    def tagged(self) -> dict[str, str]:
        """Images that run by a tag, by their name: what a tag means can change after it was reviewed."""
        found = {image.name: reference(image, self.context) for one in self.controllers for image in one.images}
        return {name: image for name, image in found.items() if not parts(image)[2]}

    def before(self, controller: Controller) -> tuple[str, ...]:
        """Names of the controllers that are there before one."""
        names = {one.name for one in self.controllers}
        return tuple(name for name in (*controller.requires, *controller.after) if name in names)


def missing(names: Sequence[str], folder: Path, catalogue: Mapping[str, Controller] = CATALOGUE) -> list[Controller]:
    """Controllers whose charts are not in `folder` as they are pinned."""
    wanted = [catalogue[name] for name in names if name in catalogue]
    return [one for one in wanted if digest_of(folder / one.folder) != one.digest]


def _check_names(
    violations: Violations, names: tuple[str, ...], catalogue: Mapping[str, Controller]
) -> list[Controller]:
    violations.unless(len(set(names)) == len(names), "names", ",".join(names), "each controller is named once")
    for index, name in enumerate(names):
        violations.unless(
            name in catalogue,
            f"names[{index}]",
            name,
            "a controller is one of the catalogue, where its version and digest are pinned",
            f"one of {', '.join(sorted(catalogue))}",
        )
    known = [catalogue[name] for name in dict.fromkeys(names) if name in catalogue]
    for controller in known:
        lacking = [name for name in controller.requires if name not in names]
        violations.unless(
            not lacking,
            "names",
            ",".join(names),
            f"{controller.name} does not work without {', '.join(lacking)}",
            f"add {', '.join(lacking)}",
        )
    return known


def _check_needs(violations: Violations, controller: Controller, context: ChartContext) -> None:
    given = cast("Mapping[str, object]", context)
    for key in controller.needs:
        violations.unless(
            given.get(key) not in (None, ""),
            f"context.{key}",
            given.get(key, ""),
            f"{controller.name} is told its {key}: on nodes that keep pods away from their metadata it cannot find it",
            f"give {key}, or leave {controller.name} out",
        )
    region = context.get("region", "")
    of_eks = any(image.reference.startswith(f"{EKS}/") for image in controller.images)
    if of_eks and region:
        violations.unless(
            bool(eks_registry(region)),
            "context.region",
            region,
            f"the images of {controller.name} are in EKS's registry of the region, and of this one none is known",
            "the EKS user guide lists them under Amazon container image registries for add-ons",
        )
    if context.get("closed"):
        # EKS's own registry is reached by the endpoints of ECR (EKS user guide, "Amazon container image registries").
        outside = [
            image.name
            for image in controller.images
            if image.name not in context.get("images", {}) and not image.reference.startswith(f"{EKS}/")
        ]
        violations.unless(
            bool(context.get("registry")) or not outside,
            "context.registry",
            context.get("registry", ""),
            "a closed network pulls images from a registry inside it, and"
            f" {', '.join(outside)} would come from outside",
            "fill one with `aifactory mirror --to REGISTRY` and name it",
        )


def _check_digest(violations: Violations, controller: Controller, folder: Path) -> None:
    found = digest_of(folder / controller.folder)
    violations.unless(
        found == controller.digest,
        "folder",
        str(folder / controller.folder),
        f"{controller.name} {controller.version} is installed from what was reviewed: {controller.digest} was expected,"
        f" and {found or 'nothing'} is there",
        f"bring it with `aifactory mirror --charts {folder}`"
        if not found
        else f"remove it, bring it again with `aifactory mirror --charts {folder}`, and find out who changed it",
    )


def _check_context(violations: Violations, context: ChartContext, catalogue: Mapping[str, Controller]) -> None:
    registry = context.get("registry", "")
    violations.unless(
        not registry or REGISTRY.fullmatch(registry) is not None,
        "context.registry",
        registry,
        "a registry is HOST[:PORT][/FOLDER], without a scheme and in lower case",
        "e.g. registry.example.org/mirror",
    )
    known = {image.name for controller in catalogue.values() for image in controller.images}
    for name, image in context.get("images", {}).items():
        violations.unless(
            name in known,
            f"context.images[{name}]",
            image,
            "an image that is replaced is one of the catalogue's",
            f"one of {', '.join(sorted(known))}",
        )
        violations.unless(
            IMAGE.fullmatch(image) is not None,
            f"context.images[{name}]",
            image,
            "an image is REGISTRY/PATH with a tag or a digest",
            "e.g. registry.example.org/jobset@sha256:...",
        )
    policy = context.get("pull_policy", PULL_POLICIES[0])
    violations.unless(
        policy in PULL_POLICIES,
        "context.pull_policy",
        policy,
        f"images are pulled by one of {', '.join(PULL_POLICIES)}",
    )
    for key, quantity in context.get("requests", {}).items():
        violations.unless(
            key in QUANTITIES and QUANTITIES[key].fullmatch(quantity) is not None,
            f"context.requests[{key}]",
            quantity,
            "a controller asks for cpu in cores or thousandths of them, and for memory in Mi or Gi",
            'e.g. {"cpu": "50m", "memory": "128Mi"}',
        )
    for key, value, least in (
        ("run_as_user", context.get("run_as_user", 1), 1),
        ("requeue_seconds", context.get("requeue_seconds", 1), 1),
        ("readiness_seconds", context.get("readiness_seconds", 1), 1),
    ):
        # A caller without types may pass 1.5, or True.
        violations.unless(
            type(value) is int and value >= least,
            f"context.{key}",
            value,
            f"{key} is a whole number of {least} or more",
        )
    for key, value in (("gpu_taint", context.get("gpu_taint", "")), ("efa_label", context.get("efa_label", ""))):
        violations.unless(
            not value or KEY.fullmatch(value) is not None,
            f"context.{key}",
            value,
            "the key of a label or taint is a name, with a domain and a slash before it or not",
            "e.g. nvidia.com/gpu",
        )


def _in_order(controllers: Sequence[Controller]) -> list[Controller]:
    """Each after those that it stands on; otherwise as they were named."""
    waiting, placed = list(controllers), dict[str, Controller]()
    names = {one.name for one in controllers}
    while waiting:
        ready = next(one for one in waiting if not ({*one.requires, *one.after} & names) - placed.keys())
        placed[ready.name] = ready
        waiting.remove(ready)
    return list(placed.values())
