"""The registry of a factory's images on AWS."""

import json
from collections.abc import Mapping

import pulumi
from pulumi_aws import ecr, iam

from components.container_registry.args import ContainerRegistryArgs
from components.container_registry.spec import ContainerRegistrySpec, PullThrough
from components.partition import partition_of, service_principal


class ContainerRegistry(pulumi.ComponentResource):
    """Repositories of ECR whose tags never move, scanned at push and protected, and what is pulled through.

    `pulumi destroy` refuses it, and an image is never deleted with its repository. Raises SpecError as
    `ContainerRegistrySpec.parse`.
    """

    host: pulumi.Output[str]
    """Where images are pushed to and pulled from, e.g. `123456789012.dkr.ecr.eu-central-1.amazonaws.com`."""
    repository_urls: Mapping[str, pulumi.Output[str]]
    """Name of a repository -> its address, host and name."""
    pull_through_policy: pulumi.Output[str]
    """IAM policy (JSON) by which nodes fetch what is pulled through: their role needs it beside
    AmazonEC2ContainerRegistryReadOnly. "" where nothing is.
    """

    def __init__(self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = ContainerRegistrySpec.parse(args)
        key = args.get("kms_key_arn")
        super().__init__("aifactory:container_registry:ContainerRegistry", name, {**args}, opts)
        repositories = {one: self._repository(name, one, spec, key) for one in spec.repositories}
        first = repositories[spec.repositories[0]]
        role = self._template_role(name, spec, key) if key is not None and spec.pull_through else None
        for rule in spec.pull_through:
            self._pull_through(name, rule, spec, key, role)
        self._settings_of_registry(name, spec, first)
        self.host = first.repository_url.apply(lambda url: url.partition("/")[0])
        self.repository_urls = {one: repository.repository_url for one, repository in repositories.items()}
        self.pull_through_policy = first.arn.apply(lambda arn: pull_through_policy(arn, spec.pull_through))
        self.register_outputs(
            {
                "host": self.host,
                "repository_urls": dict(self.repository_urls),
                "pull_through_policy": self.pull_through_policy,
            }
        )

    def _repository(
        self, name: str, repository: str, spec: ContainerRegistrySpec, key: pulumi.Input[str] | None
    ) -> ecr.Repository:
        child = pulumi.ResourceOptions(parent=self)
        made = ecr.Repository(
            f"{name}-{repository}",
            name=repository,
            # What a digest was pulled by, and what a signature was put on, stays what it was.
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="AES256" if key is None else "KMS", kms_key=key
                )
            ],
            force_delete=False,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        ecr.LifecyclePolicy(f"{name}-{repository}", repository=made.name, policy=spec.untagged, opts=child)
        if spec.pull_accounts:
            ecr.RepositoryPolicy(
                f"{name}-{repository}",
                repository=made.name,
                policy=pull_policy(spec.pull_accounts, spec.region),
                opts=child,
            )
        return made

    def _pull_through(
        self,
        name: str,
        rule: PullThrough,
        spec: ContainerRegistrySpec,
        key: pulumi.Input[str] | None,
        role: iam.Role | None,
    ) -> None:
        template = ecr.RepositoryCreationTemplate(
            f"{name}-{rule.prefix}",
            prefix=rule.prefix,
            description=f"Copies of {rule.upstream}",
            applied_fors=["PULL_THROUGH_CACHE"],
            # A tag that was fetched once stays what it was, also where it moves upstream.
            image_tag_mutability="IMMUTABLE",
            encryption_configurations=[
                ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                    encryption_type="AES256" if key is None else "KMS", kms_key=key
                )
            ],
            lifecycle_policy=spec.cached,
            custom_role_arn=role.arn if role else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        ecr.PullThroughCacheRule(
            f"{name}-{rule.prefix}",
            ecr_repository_prefix=rule.prefix,
            upstream_registry_url=rule.upstream,
            credential_arn=rule.secret_arn or None,
            custom_role_arn=rule.role_arn or None,
            # A repository that is made before the template is there keeps tags that move, for good.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[template]),
        )

    def _template_role(self, name: str, spec: ContainerRegistrySpec, key: pulumi.Input[str]) -> iam.Role:
        """ECR makes repositories with a key only by a role that may use it (ECR user guide, "Create an IAM role for
        repository creation templates").
        """
        role = iam.Role(
            f"{name}-template",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": service_principal("ecr", spec.region)},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        iam.RolePolicy(
            f"{name}-template",
            role=role.name,
            policy=pulumi.Output.from_input(key).apply(template_policy),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role

    def _settings_of_registry(self, name: str, spec: ContainerRegistrySpec, first: ecr.Repository) -> None:
        child = pulumi.ResourceOptions(parent=self)
        if spec.registry_scanning:
            ecr.RegistryScanningConfiguration(
                f"{name}-scanning",
                scan_type=spec.registry_scanning,
                rules=[
                    ecr.RegistryScanningConfigurationRuleArgs(
                        # Continuous scans are Inspector's alone (ECR API, PutRegistryScanningConfiguration).
                        scan_frequency="CONTINUOUS_SCAN" if spec.registry_scanning == "ENHANCED" else "SCAN_ON_PUSH",
                        repository_filters=[
                            ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                                filter="*", filter_type="WILDCARD"
                            )
                        ],
                    )
                ],
                opts=child,
            )
        if spec.replica_regions:
            ecr.ReplicationConfiguration(
                f"{name}-replicas",
                replication_configuration=ecr.ReplicationConfigurationReplicationConfigurationArgs(
                    rules=[
                        ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                            destinations=[
                                ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                                    region=region, registry_id=first.registry_id
                                )
                                for region in spec.replica_regions
                            ],
                            repository_filters=[
                                ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                                    filter=repository, filter_type="PREFIX_MATCH"
                                )
                                for repository in spec.repositories
                            ],
                        )
                    ]
                ),
                opts=child,
            )


def pull_policy(accounts: tuple[str, ...], region: str) -> str:
    """Policy (JSON) of a repository that lets other accounts pull."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": [f"arn:{partition_of(region)}:iam::{account}:root" for account in accounts]},
                    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                }
            ],
        }
    )


def template_policy(key_arn: str) -> str:
    """Policy (JSON) of the role by which ECR makes repositories that a key encrypts."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"],
                    "Resource": "*",
                },
                {
                    "Effect": "Allow",
                    "Action": ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"],
                    "Resource": key_arn,
                },
            ],
        }
    )


def pull_through_policy(repository_arn: str, rules: tuple[PullThrough, ...]) -> str:
    """Policy (JSON) by which nodes fetch what is pulled through; "" where nothing is.

    `repository_arn` is of any repository of the registry (ECR user guide, "IAM permissions required to sync an upstream
    registry").
    """
    if not rules:
        return ""
    registry = repository_arn.partition(":repository/")[0]
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
                    "Resource": [f"{registry}:repository/{rule.prefix}/*" for rule in rules],
                }
            ],
        }
    )
