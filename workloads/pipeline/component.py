"""The lifecycle: from data to a registered and protected model."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import apiextensions, core, meta, rbac

from components.object_store.identity import PROTECT, RUNNER
from workloads.pipeline.args import LifecycleArgs
from workloads.pipeline.workflow import RUN_LABEL, STAGE_ACCOUNT, instructions, spec
from workloads.server import pull_secrets


class Lifecycle(pulumi.ComponentResource):
    """An Argo Workflow named by its run, the instructions of its stages, and the accounts that it takes place under.

    The Workflow is history: it stays in the cluster when its declaration moves on to another run.
    """

    workflow: pulumi.Output[str]
    """Name of the Workflow."""

    def __init__(
        self,
        name: str,
        args: LifecycleArgs,
        opts: pulumi.ResourceOptions | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        run, place = args["run"], args["place"]
        stages = {stage.name: stage.key for stage in run.stages}
        super().__init__("aifactory:pipeline:Lifecycle", name, {"run": run.digest, "stages": stages}, opts)
        # Accounts of Argo's steps, and that of the pods of JobSets, which it never tells anything.
        steps = (RUNNER, PROTECT) if place.stores.identity_region else (RUNNER,)
        for account in (*steps, STAGE_ACCOUNT):
            core.v1.ServiceAccount(
                f"{name}-{account}",
                metadata=meta.v1.ObjectMetaArgs(name=account, namespace=place.namespace),
                image_pull_secrets=pull_secrets(place.pull_secret),
                opts=pulumi.ResourceOptions(parent=self),
            )
        role = rbac.v1.Role(
            f"{name}-runner",
            metadata=meta.v1.ObjectMetaArgs(name=RUNNER, namespace=place.namespace),
            rules=[
                # How Argo's executor reports (Argo Workflows, "Workflow RBAC").
                rbac.v1.PolicyRuleArgs(
                    api_groups=["argoproj.io"], resources=["workflowtaskresults"], verbs=["create", "patch"]
                ),
                rbac.v1.PolicyRuleArgs(
                    api_groups=["jobset.x-k8s.io"],
                    resources=["jobsets"],
                    verbs=["create", "get", "list", "patch", "watch"],
                ),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        binding = rbac.v1.RoleBinding(
            f"{name}-runner",
            metadata=meta.v1.ObjectMetaArgs(name=RUNNER, namespace=place.namespace),
            role_ref=rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=RUNNER),
            subjects=[
                rbac.v1.SubjectArgs(kind="ServiceAccount", name=account, namespace=place.namespace) for account in steps
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role]),
        )
        stage_specs = core.v1.ConfigMap(
            f"{name}-{run.name}-spec",
            metadata=meta.v1.ObjectMetaArgs(
                name=run.name,
                namespace=place.namespace,
                labels={RUN_LABEL: run.digest[:12]},
                # A run that is declared again finds the one that an earlier declaration left.
                annotations={"pulumi.com/patchForce": "true"},
            ),
            data=instructions(run),
            # As long as the Workflow, whose pods mount it, and as little changed.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, ignore_changes=["data"]),
        )
        workflow = apiextensions.CustomResource(
            f"{name}-{run.name}",
            api_version="argoproj.io/v1alpha1",
            kind="Workflow",
            metadata=meta.v1.ObjectMetaArgs(
                name=run.name,
                namespace=place.namespace,
                annotations={
                    # A run takes hours elsewhere: the deployment ends when it has begun.
                    "pulumi.com/skipAwait": "true",
                    # Argo writes whole Workflows back and so counts as the owner of a spec that it never changes: without
                    # force, a run that is declared again would be a conflict.
                    "pulumi.com/patchForce": "true",
                },
            ),
            spec=spec(run, place),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[binding, stage_specs, *after],
                retain_on_delete=True,
                # Its name is the digest of all that decides its outcome; what else changes, changes nothing for it.
                ignore_changes=["spec"],
            ),
        )
        self.workflow = workflow.id.apply(lambda _: run.name)
        self.register_outputs({"workflow": self.workflow})
