"""EFS for what is small and has one writer: MLflow's database, the gateway's spool."""

import pulumi
from pulumi_aws import ec2, efs, kms
from pulumi_kubernetes import core, meta

from components.elastic_filesystem.args import ElasticFilesystemArgs
from components.elastic_filesystem.spec import CAPACITY, DRIVER, FOLDER, ElasticFilesystemSpec, mounts_only


class ElasticFilesystem(pulumi.ComponentResource):
    """EFS across the zones of a region and a claim of one folder of it, which belongs to the user of the pods.

    Encrypted at rest and in transit, backed up daily, protected and retained. Its pods need EKS's add-on
    `aws-efs-csi-driver`: pass it in `depends_on`.
    The AWS and Kubernetes providers are taken from the component's own options. Raises SpecError for what EFS does not
    make.
    """

    claim: pulumi.Output[str]
    """Name of the PersistentVolumeClaim, known when its mount targets stand."""
    file_system_id: pulumi.Output[str]

    def __init__(self, name: str, args: ElasticFilesystemArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ElasticFilesystemSpec.parse(args)
        super().__init__("aifactory:elastic_filesystem:ElasticFilesystem", name, {**args}, opts)
        files = efs.FileSystem(
            f"{name}-files",
            encrypted=True,
            kms_key_id=args["kms_key_arn"] if "kms_key_arn" in args else self._key(name).arn,
            performance_mode="generalPurpose",
            # A small filesystem has little throughput where it bursts, and a database waits for it.
            throughput_mode="elastic",
            lifecycle_policies=_lifecycle(spec),
            tags={"Name": name},
            opts=self._kept(),
        )
        efs.FileSystemPolicy(
            f"{name}-policy",
            file_system_id=files.id,
            policy=files.arn.apply(mounts_only),
            opts=self._kept(),
        )
        # Kept like the filesystem: taken away, it turns the backups off.
        efs.BackupPolicy(
            f"{name}-backup",
            file_system_id=files.id,
            backup_policy=efs.BackupPolicyBackupPolicyArgs(status="ENABLED"),
            opts=self._kept(),
        )
        targets = self._targets(name, spec, args, files)
        point = efs.AccessPoint(
            f"{name}-point",
            file_system_id=files.id,
            posix_user=efs.AccessPointPosixUserArgs(uid=spec.uid, gid=spec.gid),
            root_directory=efs.AccessPointRootDirectoryArgs(
                path=FOLDER,
                creation_info=efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=spec.uid, owner_gid=spec.gid, permissions="0770"
                ),
            ),
            tags={"Name": name},
            opts=self._kept(),
        )
        self.claim = self._claim(name, spec, args["namespace"], pulumi.Output.concat(files.id, "::", point.id), targets)
        self.file_system_id = files.id
        self.register_outputs({"claim": self.claim, "file_system_id": self.file_system_id})

    def _kept(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)

    def _key(self, name: str) -> kms.Key:
        """A key of the account's own: AWS's for EFS can be shared with no other account, so neither can a backup."""
        return kms.Key(
            f"{name}-key",
            description="The factory's state",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            opts=self._kept(),
        )

    def _targets(
        self, name: str, spec: ElasticFilesystemSpec, args: ElasticFilesystemArgs, files: efs.FileSystem
    ) -> list[pulumi.Resource]:
        group = ec2.SecurityGroup(
            f"{name}-group",
            description="Nodes of the factory mount its state",
            vpc_id=args["vpc_id"],
            # EFS user guide, "Using VPC security groups": NFS, inbound alone.
            ingress=[
                ec2.SecurityGroupIngressArgs(
                    protocol="tcp", from_port=2049, to_port=2049, security_groups=[args["nodes_security_group_id"]]
                )
            ],
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [
            efs.MountTarget(
                f"{name}-{zone}",
                file_system_id=files.id,
                subnet_id=args["subnets"][zone],
                security_groups=[group.id],
                opts=pulumi.ResourceOptions(parent=self),
            )
            for zone in spec.zones
        ]

    def _claim(
        self,
        name: str,
        spec: ElasticFilesystemSpec,
        namespace: pulumi.Input[str],
        handle: pulumi.Output[str],
        targets: list[pulumi.Resource],
    ) -> pulumi.Output[str]:
        volume = core.v1.PersistentVolume(
            f"{name}-volume",
            metadata=meta.v1.ObjectMetaArgs(name=pulumi.Output.concat(namespace, f"-{spec.claim}")),
            spec=core.v1.PersistentVolumeSpecArgs(
                capacity={"storage": CAPACITY},
                access_modes=["ReadWriteMany"],
                persistent_volume_reclaim_policy="Retain",
                storage_class_name="",
                csi=core.v1.CSIPersistentVolumeSourceArgs(
                    driver=DRIVER,
                    # aws-efs-csi-driver, "Access points": FILESYSTEM:PATH:ACCESS_POINT. Encrypted in transit by
                    # default.
                    volume_handle=handle,
                ),
                claim_ref=core.v1.ObjectReferenceArgs(
                    api_version="v1", kind="PersistentVolumeClaim", name=spec.claim, namespace=namespace
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=targets),
        )
        claim = core.v1.PersistentVolumeClaim(
            f"{name}-claim",
            metadata=meta.v1.ObjectMetaArgs(name=spec.claim, namespace=namespace),
            spec=core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteMany"],
                storage_class_name="",
                volume_name=volume.metadata.apply(lambda metadata: metadata.name or ""),
                resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": CAPACITY}),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return claim.metadata.apply(lambda metadata: metadata.name or spec.claim)


def _lifecycle(spec: ElasticFilesystemSpec) -> list[efs.FileSystemLifecyclePolicyArgs]:
    """EFS API, PutLifecycleConfiguration: a policy for each transition."""
    if not spec.transition_to_ia:
        return []
    return [
        efs.FileSystemLifecyclePolicyArgs(transition_to_ia=spec.transition_to_ia),
        efs.FileSystemLifecyclePolicyArgs(transition_to_primary_storage_class="AFTER_1_ACCESS"),
    ]
