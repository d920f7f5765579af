"""The filesystem that all pods of a training job share."""

import pulumi
from pulumi_aws import fsx
from pulumi_kubernetes import core, meta

from components.filesystem.args import FilesystemArgs
from components.filesystem.fsx import make_lustre
from components.filesystem.lustre import DRIVER
from components.filesystem.owner import make_folders
from components.filesystem.spec import CLAIM, FilesystemSpec


class Filesystem(pulumi.ComponentResource):
    """A shared filesystem and the claim `shared` by which pods mount it: FSx for Lustre, an export of NFS, a folder of
    the only node, or what a StorageClass of the cluster makes.

    FSx for Lustre is protected and retained, backed up or linked to buckets, and has the folders that pods write to.
    Its pods need EKS's add-on `aws-fsx-csi-driver`: pass it in `depends_on`.
    The Kubernetes provider is taken from the component's own options. Raises SpecError for what FSx does not make.
    """

    claim: pulumi.Output[str]
    """Name of the PersistentVolumeClaim, known when pods can write to it."""
    expected_mbps: int | None
    """MB/s of the whole filesystem as it is sold, which an acceptance test measures against; None where nobody states
    it."""

    def __init__(self, name: str, args: FilesystemArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = FilesystemSpec.parse(args)
        super().__init__("aifactory:filesystem:Filesystem", name, {**args}, opts)
        namespace, given = args["namespace"], args.get("lustre")
        lustre = make_lustre(self, name, spec.lustre, given) if spec.lustre and given else None
        volume = None if spec.storage_class else self._volume(name, spec, namespace, lustre)
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
            opts=pulumi.ResourceOptions(
                parent=self,
                # What a class made goes with its claim, checkpoints and records on their way to the vault among it.
                retain_on_delete=volume is None,
                # A filesystem that grew fits its claim all the same, and Kubernetes resizes claims of a StorageClass
                # alone: the API refuses any other ("only dynamically provisioned pvc can be resized").
                ignore_changes=["spec.resources"] if volume else [],
            ),
        )
        folders = spec.lustre.folders if spec.lustre else None
        made = [make_folders(self, name, folders, namespace, claim).id] if folders else []
        found = claim.metadata.apply(lambda metadata: metadata.name or CLAIM)
        self.claim = pulumi.Output.all(found, *made).apply(lambda standing: standing[0])
        self.expected_mbps = spec.expected_mbps
        self.register_outputs({"claim": self.claim, "expected_mbps": self.expected_mbps})

    def _volume(
        self, name: str, spec: FilesystemSpec, namespace: pulumi.Input[str], lustre: fsx.LustreFileSystem | None
    ) -> core.v1.PersistentVolume:
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
                nfs=core.v1.NFSVolumeSourceArgs(server=spec.nfs.server, path=spec.nfs.path) if spec.nfs else None,
                csi=core.v1.CSIPersistentVolumeSourceArgs(
                    driver=DRIVER,
                    volume_handle=lustre.id,
                    volume_attributes={"dnsname": lustre.dns_name, "mountname": lustre.mount_name},
                )
                if lustre
                else None,
                mount_options=list(spec.mount_options) or None,
                # Only the claim of this filesystem may bind this volume.
                claim_ref=core.v1.ObjectReferenceArgs(
                    api_version="v1", kind="PersistentVolumeClaim", name=CLAIM, namespace=namespace
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
