"""The filesystem that all pods of a training job share."""

import pulumi
from pulumi_aws import fsx
from pulumi_kubernetes import core, meta

from components.filesystem.args import FilesystemArgs, LustreArgs
from components.filesystem.spec import CLAIM, FilesystemSpec


class Filesystem(pulumi.ComponentResource):
    """A shared filesystem and the claim `shared` by which pods mount it: FSx for Lustre, a folder of the only node, or what
    a StorageClass of the cluster makes.

    The Kubernetes provider is taken from the component's own options. Raises SpecError for a size that FSx does not make.
    """

    claim: pulumi.Output[str]
    """Name of the PersistentVolumeClaim."""

    def __init__(self, name: str, args: FilesystemArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = FilesystemSpec.parse(args)
        super().__init__("aifactory:filesystem:Filesystem", name, {**args}, opts)
        namespace = args["namespace"]
        volume = None if spec.storage_class else self._volume(name, spec, args)
        claim = core.v1.PersistentVolumeClaim(
            f"{name}-claim",
            metadata=meta.v1.ObjectMetaArgs(
                name=CLAIM,
                namespace=namespace,
                # Many classes make a volume only when the first pod asks for it, which is a layer later.
                annotations=None if volume else {"pulumi.com/skipAwait": "true"},
            ),
            spec=core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteMany"],
                storage_class_name=spec.storage_class,
                volume_name=volume.metadata.apply(lambda metadata: metadata.name or "") if volume else None,
                resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": spec.capacity}),
            ),
            # What a class made goes with its claim, checkpoints and records on their way to the vault among it.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=volume is None),
        )
        self.claim = claim.metadata.apply(lambda metadata: metadata.name or CLAIM)
        self.register_outputs({"claim": self.claim})

    def _volume(self, name: str, spec: FilesystemSpec, args: FilesystemArgs) -> core.v1.PersistentVolume:
        namespace, lustre = args["namespace"], args.get("lustre")
        return core.v1.PersistentVolume(
            f"{name}-volume",
            metadata=meta.v1.ObjectMetaArgs(name=pulumi.Output.concat(namespace, f"-{CLAIM}")),
            spec=core.v1.PersistentVolumeSpecArgs(
                capacity={"storage": spec.capacity},
                access_modes=["ReadWriteMany"],
                # Checkpoints outlive the claim: what is removed here is the way to the data, not the data.
                persistent_volume_reclaim_policy="Retain",
                storage_class_name="",
                host_path=core.v1.HostPathVolumeSourceArgs(path=spec.local_volume, type="DirectoryOrCreate")
                if spec.local_volume
                else None,
                csi=self._lustre(name, spec, lustre) if lustre else None,
                # SQLite and the gateway's spool lock their files, which Lustre refuses where it is not mounted for it.
                mount_options=["flock"] if lustre else None,
                # Only the claim of this filesystem may bind this volume.
                claim_ref=core.v1.ObjectReferenceArgs(
                    api_version="v1", kind="PersistentVolumeClaim", name=CLAIM, namespace=namespace
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _lustre(self, name: str, spec: FilesystemSpec, args: LustreArgs) -> core.v1.CSIPersistentVolumeSourceArgs:
        lustre = fsx.LustreFileSystem(
            f"{name}-lustre",
            deployment_type="PERSISTENT_2",
            storage_type="SSD",
            storage_capacity=spec.size_gib,
            # MB/s a TiB: FSx API, PerUnitStorageThroughput of PERSISTENT_2: 125, 250, 500 or 1000.
            per_unit_storage_throughput=250,
            subnet_ids=args["subnet_id"],
            security_group_ids=[args["security_group_id"]],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return core.v1.CSIPersistentVolumeSourceArgs(
            driver="fsx.csi.aws.com",
            volume_handle=lustre.id,
            volume_attributes={"dnsname": lustre.dns_name, "mountname": lustre.mount_name},
        )
