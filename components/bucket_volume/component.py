"""A bucket as a folder of pods: Mountpoint for Amazon S3."""

import pulumi
from pulumi_kubernetes import core, meta

from components.bucket_volume.args import BucketVolumeArgs
from components.bucket_volume.spec import CAPACITY, DRIVER, BucketVolumeSpec


class BucketVolume(pulumi.ComponentResource):
    """A prefix of a bucket and a claim by which pods mount it, read only: datasets that are read from end to end.

    No filesystem: no locks, no appends, no renames. Its pods need EKS's add-on `aws-mountpoint-s3-csi-driver`, whose
    role may read the bucket: pass it in `depends_on`.
    The Kubernetes provider is taken from the component's own options. Raises SpecError for a region, a claim or a
    prefix that cannot be.
    """

    claim: pulumi.Output[str]
    """Name of the PersistentVolumeClaim."""

    def __init__(self, name: str, args: BucketVolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = BucketVolumeSpec.parse(args)
        super().__init__("aifactory:bucket_volume:BucketVolume", name, {**args}, opts)
        namespace = args["namespace"]
        # The driver mounts a handle once a pod, whatever volumes have it: that of the volume's own name is no other's.
        volume_name = pulumi.Output.concat(namespace, f"-{spec.claim}")
        volume = core.v1.PersistentVolume(
            f"{name}-volume",
            metadata=meta.v1.ObjectMetaArgs(name=volume_name),
            spec=core.v1.PersistentVolumeSpecArgs(
                capacity={"storage": CAPACITY},
                access_modes=[spec.access_mode],
                persistent_volume_reclaim_policy="Retain",
                storage_class_name="",
                mount_options=list(spec.mount_options),
                csi=core.v1.CSIPersistentVolumeSourceArgs(
                    driver=DRIVER, volume_handle=volume_name, volume_attributes={"bucketName": args["bucket"]}
                ),
                claim_ref=core.v1.ObjectReferenceArgs(
                    api_version="v1", kind="PersistentVolumeClaim", name=spec.claim, namespace=namespace
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        claim = core.v1.PersistentVolumeClaim(
            f"{name}-claim",
            metadata=meta.v1.ObjectMetaArgs(name=spec.claim, namespace=namespace),
            spec=core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=[spec.access_mode],
                storage_class_name="",
                volume_name=volume.metadata.apply(lambda metadata: metadata.name or ""),
                resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": CAPACITY}),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.claim = claim.metadata.apply(lambda metadata: metadata.name or spec.claim)
        self.register_outputs({"claim": self.claim})
