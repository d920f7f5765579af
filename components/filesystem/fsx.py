"""FSx for Lustre and what belongs to it: key, logs and links to buckets."""

import pulumi
from pulumi_aws import cloudwatch, fsx, kms

from components.filesystem.args import LustreArgs
from components.filesystem.lustre import VERSION, LustreSpec


def make_lustre(parent: pulumi.Resource, name: str, spec: LustreSpec, args: LustreArgs) -> fsx.LustreFileSystem:
    """Declares it under `parent`, protected: checkpoints are on it that exist nowhere else yet."""
    logs = cloudwatch.LogGroup(
        f"{name}-logs",
        # FSx API, LustreLogCreateConfiguration, Destination: the name begins with /aws/fsx.
        name_prefix=f"/aws/fsx/{name}-",
        retention_in_days=spec.log_days,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    lustre = fsx.LustreFileSystem(
        f"{name}-lustre",
        deployment_type="PERSISTENT_2",
        storage_type="SSD",
        file_system_type_version=VERSION,
        storage_capacity=spec.size_gib,
        per_unit_storage_throughput=spec.throughput,
        metadata_configuration=_metadata(spec),
        efa_enabled=spec.efa,
        data_compression_type="LZ4",
        subnet_ids=args["subnet_id"],
        security_group_ids=[args["security_group_id"]],
        kms_key_id=args["kms_key_arn"] if "kms_key_arn" in args else _key(parent, name).arn,
        automatic_backup_retention_days=spec.backup_days,
        daily_automatic_backup_start_time=spec.backup_time,
        # The provider skips the last backup by default; of a linked filesystem FSx makes none.
        skip_final_backup=spec.backup_days == 0,
        copy_tags_to_backups=spec.copy_tags_to_backups,
        weekly_maintenance_start_time=spec.maintenance_time,
        log_configuration=fsx.LustreFileSystemLogConfigurationArgs(level="WARN_ERROR", destination=logs.arn),
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent, protect=True, retain_on_delete=True),
    )
    for link, given in zip(spec.links, args.get("links", ()), strict=True):
        fsx.DataRepositoryAssociation(
            f"{name}-link-{link.suffix}",
            file_system_id=lustre.id,
            file_system_path=link.path,
            data_repository_path=pulumi.Output.concat(
                "s3://", given["bucket"], f"/{link.prefix}" if link.prefix else ""
            ),
            batch_import_meta_data_on_create=bool(link.imports),
            # A link that goes leaves what is on either side where it is.
            delete_data_in_filesystem=False,
            s3=fsx.DataRepositoryAssociationS3Args(
                auto_import_policy=fsx.DataRepositoryAssociationS3AutoImportPolicyArgs(events=list(link.imports))
                if link.imports
                else None,
                auto_export_policy=fsx.DataRepositoryAssociationS3AutoExportPolicyArgs(events=list(link.exports))
                if link.exports
                else None,
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )
    return lustre


def _metadata(spec: LustreSpec) -> fsx.LustreFileSystemMetadataConfigurationArgs:
    """FSx refuses a number of operations where it chooses it (FSx API, Iops)."""
    if spec.metadata_iops is None:
        return fsx.LustreFileSystemMetadataConfigurationArgs(mode="AUTOMATIC")
    return fsx.LustreFileSystemMetadataConfigurationArgs(mode="USER_PROVISIONED", iops=spec.metadata_iops)


def _key(parent: pulumi.Resource, name: str) -> kms.Key:
    """A key of the account's own: AWS's for FSx can be shared with no other account, so neither can a backup."""
    return kms.Key(
        f"{name}-key",
        description="The factory's shared filesystem",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        # Without it neither the filesystem nor a backup can be read.
        opts=pulumi.ResourceOptions(parent=parent, protect=True, retain_on_delete=True),
    )
