"""The controllers of a cluster."""

from collections.abc import Mapping
from typing import cast

import pulumi
from pulumi_kubernetes import core, helm, meta, yaml

from components.charts.args import ControllersArgs
from components.charts.catalogue import CATALOGUE, CHART, Controller
from components.charts.spec import ControllersSpec
from components.charts.values import Values, probed_each


class Controllers(pulumi.ComponentResource):
    """Controllers from charts and manifests that were brought before: every object is a resource, which policies see.

    Hooks of charts are never run; values avoid what would need one. CRDs are declared first, in a group of their own:
    objects of a kind that is not there yet cannot even be previewed. `catalogue` is what may be named. Raises SpecError
    with every violation, a chart of another digest among them.
    """

    versions: dict[str, str]
    """Version of each controller by its name."""
    namespaces: dict[str, str]
    """Namespace of each controller by its name, e.g. for its Pod Identity."""
    installed: dict[str, pulumi.Resource]
    """What stands for each controller by its name: what uses one depends on it."""

    def __init__(
        self,
        name: str,
        args: ControllersArgs,
        opts: pulumi.ResourceOptions | None = None,
        catalogue: Mapping[str, Controller] = CATALOGUE,
    ) -> None:
        spec = ControllersSpec.parse(args, catalogue)
        versions = {one.name: one.version for one in spec.controllers}
        super().__init__(
            "aifactory:charts:Controllers",
            name,
            {"versions": versions, "digests": {one.name: one.digest for one in spec.controllers}},
            opts,
        )
        if spec.tagged:
            pulumi.log.warn(
                f"images named by a tag, which can be moved: {', '.join(sorted(spec.tagged))}; lock their digests with"
                " `aifactory mirror --lock FILE` and give them as `images`",
                self,
            )
        self.versions = versions
        self.namespaces = {one.name: one.namespace for one in spec.controllers}
        namespaces: dict[str, pulumi.Resource] = {
            namespace: core.v1.Namespace(
                f"{name}-{namespace}",
                metadata=meta.v1.ObjectMetaArgs(name=namespace),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for namespace in spec.namespaces
        }
        self.installed = {}
        for controller in spec.controllers:
            first = [namespaces[controller.namespace]] if controller.namespace in namespaces else []
            first += [self.installed[other] for other in spec.before(controller)]
            files = controller.crd_files(spec.folder)
            if files:
                first.append(
                    yaml.v2.ConfigGroup(
                        f"{name}-{controller.name}-crds",
                        files=[str(path) for path in files],
                        opts=pulumi.ResourceOptions(parent=self, depends_on=list(first)),
                    )
                )
            self.installed[controller.name] = self._install(f"{name}-{controller.name}", controller, spec, first)
        self.register_outputs({"versions": self.versions, "namespaces": self.namespaces})

    def _install(
        self, name: str, controller: Controller, spec: ControllersSpec, first: list[pulumi.Resource]
    ) -> pulumi.Resource:
        objects = controller.objects(spec.folder, spec.context)
        if objects:
            return yaml.v2.ConfigGroup(name, objs=objects, opts=pulumi.ResourceOptions(parent=self, depends_on=first))
        seconds = spec.context.get("readiness_seconds")
        return helm.v4.Chart(
            name,
            chart=str(spec.folder / controller.folder / CHART),
            # Charts name their objects by it: not by where in a stack they are declared.
            name=controller.name,
            namespace=controller.namespace,
            values=controller.values(spec.context),
            skip_crds=True,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=first, transforms=[_probed_each(seconds)] if seconds else None
            ),
        )


def _probed_each(seconds: int) -> pulumi.ResourceTransform:
    """Sets the pace of readiness probes, for which not every chart has a value."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "kubernetes:apps/v1:Deployment":
            return None
        return pulumi.ResourceTransformResult(props=probed_each(cast("Values", args.props), seconds), opts=args.opts)

    return transform
