"""The layer of ML teams: the lifecycle, the record of experiments and the served model."""

from functools import partial
from pathlib import Path
from typing import cast

import pulumi
import pulumi_kubernetes as k8s
from botocore.exceptions import BotoCoreError, ClientError

from components.accelerators import Unanswered
from components.filesystem.spec import CLAIM
from components.object_store.identity import OBJECTS, OFFSITE, VAULT
from components.object_store.store import StoreError, code_of, s3_of
from components.violations import SpecError, Violation
from stacks import contracts
from stacks.acceptance import declare_acceptance, demand_of
from stacks.configuration import of_this_stack
from stacks.entry import declare_entry
from stacks.fit import Workloads, check_fit
from stacks.names import PROJECT
from stacks.settings import StackName, Store, WorkloadsSettings
from workloads import preview
from workloads.access.args import AccessArgs
from workloads.access.component import Access
from workloads.images import Images
from workloads.inference.component import Serving
from workloads.pipeline.component import Lifecycle
from workloads.pipeline.workflow import RunEnvironment
from workloads.plan import Run, recipe_of
from workloads.spec import REGISTRY_SECRET, Stores
from workloads.tracking import spec as tracking
from workloads.tracking.component import Tracking
from workloads.training.memory import violations_of_memory


def deploy(stack: StackName) -> None:
    """Declares a run and, where a model is configured, what serves it."""
    settings = WorkloadsSettings.read(of_this_stack(stack))
    vault, platform = contracts.vault_of(stack), contracts.platform_of(stack)
    images = Images.read(Path(settings.images_lock))
    run = Run.plan(recipe_of(settings.recipe, settings.source), images, vault.retention_days)
    _check_pools(stack, settings, run, platform)
    if pulumi.runtime.is_dry_run():
        _tell(run, platform.objects)
    stores = Stores(
        objects=platform.objects.bucket,
        vault=vault.vault.bucket,
        offsite=vault.offsite.bucket,
        retention_days=vault.retention_days,
        identity_region=platform.region if by_identity(settings, platform, vault) else "",
    )
    # The file that the platform was made by may be on another machine, and may hold more rights than this layer needs.
    provider = k8s.Provider(
        "api",
        kubeconfig=settings.kubeconfig or platform.kubeconfig,
        # Pods read both again where they change, the gateway its callers: a replacement would take them away meanwhile.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
    there = pulumi.ResourceOptions(providers=[provider])
    granted: AccessArgs = {
        "namespace": contracts.NAMESPACE,
        "signing_key": Path(settings.signing_key_file),
        "callers": Path(settings.callers_file),
    }
    if stores.identity_region:
        granted["identity"] = {
            OBJECTS: {"region": platform.region},
            VAULT: {"region": vault.vault_region},
            OFFSITE: {"region": vault.offsite_region},
        }
    else:
        granted["stores"] = Path(settings.stores_folder)
    pull_secret = ""
    if settings.registry_auth_file:
        granted["registry_auth"], pull_secret = Path(settings.registry_auth_file), REGISTRY_SECRET
    access = Access("access", granted, there)
    Tracking(
        "tracking",
        {
            "namespace": contracts.NAMESPACE,
            "image": images.workloads,
            # Published, or planned from configuration: a name in both.
            "claim": cast("str", platform.state_claim),
            "pull_secret": pull_secret,
        },
        there,
    )
    accepted = declare_acceptance(
        stack,
        settings.acceptance,
        platform,
        image=images.workloads,
        stores=stores,
        pull_secret=pull_secret,
        opts=pulumi.ResourceOptions.merge(there, pulumi.ResourceOptions(depends_on=[access])),
    )
    place = RunEnvironment(
        namespace=contracts.NAMESPACE,
        claim=CLAIM,
        stores=stores,
        tracking_uri=tracking.uri(contracts.NAMESPACE),
        gpu_nodes=platform.gpu_node_labels,
        pull_secret=pull_secret,
        # Published, or planned from configuration: a name in both.
        bucket_claim=cast("str", platform.bucket_claim),
    )
    Lifecycle("lifecycle", {"run": run, "place": place}, there, after=[access, *accepted])
    pulumi.export("run", {"digest": run.digest, "stages": {stage.name: stage.key for stage in run.stages}})
    # What a reviewer compares: which key of the recipe makes a stage run again.
    pulumi.export("recipe", {stage.name: dict(stage.recipe) for stage in run.stages})
    if settings.model:
        serving = Serving(
            "serving",
            {
                "namespace": contracts.NAMESPACE,
                "image": images.workloads,
                "model": settings.model,
                "claim": CLAIM,
                "stores": stores,
                "resources": run.recipe.resources["serving"],
                "precision": run.recipe.train.precision,
                "context": run.recipe.train.context,
                "node_port": settings.serving_node_port,
                "gpu_nodes": platform.gpu_node_labels,
                "pull_secret": pull_secret,
                "accounts": access.accounts,
            },
            there,
            after=[access, *accepted],
        )
        pulumi.export("model", serving.model)
        declare_entry(stack, settings, platform, provider, [serving])


def by_identity(
    settings: WorkloadsSettings, platform: contracts.PlatformContract, vault: contracts.VaultContract
) -> bool:
    """Whether pods reach stores by an identity of their own, and hold no key: where all of them are AWS's.

    Raises SpecError where they would have neither.
    """
    at_aws = bool(platform.region and vault.vault_region and vault.offsite_region) and not platform.objects.endpoint
    if not at_aws and not settings.stores_folder:
        rule = "pods reach stores that are not all AWS's by the accounts in a folder"
        raise SpecError("Access", (Violation(f"{PROJECT}:storesFolder", "", rule, "set it to the folder's path"),))
    return at_aws and not settings.stores_folder


def _check_pools(stack: StackName, settings: WorkloadsSettings, run: Run, platform: contracts.PlatformContract) -> None:
    """Compares what is declared with the platform's pools of nodes. Raises SpecError where it does not fit."""
    resources, planned = run.recipe.resources, contracts.pools_of(stack, platform)
    if not planned.pools:
        pulumi.log.warn(
            f"nothing was compared with nodes: deploy {stack.lower('platform')} again, which publishes them"
        )
        return
    declared = Workloads.of(
        resources,
        served=bool(settings.model),
        gpu_nodes=platform.gpu_node_labels,
        filesystem_zone=planned.filesystem_zone,
        acceptance=demand_of(settings.acceptance, planned.pools, platform.gpu_node_labels),
    )
    for note in (*planned.notes, *check_fit(declared, planned.pools, before=partial(contracts.pools_before, stack))):
        pulumi.log.warn(note)
    if not resources["train"].gpus:
        return
    try:
        node = contracts.gpu_node_of(stack, platform)
    except Unanswered:
        # Said above of the whole pool.
        return
    if node.gpu_memory_gib is None:
        pulumi.log.warn("resources.train: not compared with a GPU's memory: aifactory:gpuMemoryGiB is not set")
    elif violations := violations_of_memory(run.recipe, node.gpu_memory_gib):
        raise SpecError("Recipe", violations)


def _tell(run: Run, store: Store) -> None:
    """Says in a preview which stages will run again; where the store cannot be asked, that it could not."""

    def exists(path: str) -> bool:
        try:
            s3.get_object(Bucket=store.bucket, Key=path)["Body"].read()
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "NoSuchBucket"):
                return False
            raise
        return True

    try:
        s3 = s3_of(store.endpoint, store.profile)
        pulumi.log.info(preview.describe(run, exists))
    except (BotoCoreError, ClientError, StoreError) as error:
        message = " ".join(str(error).split())
        pulumi.log.warn(
            f"run {run.digest[:12]}: which stages will run is not known, the object store was not asked: {message}"
        )
