"""What each type of resource costs: by standing there, by its use, or nothing by itself."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from cli.cost import nodes, prices
from cli.cost.declared import Declared, Item, Priced, Usage, whole, word
from cli.cost.nodes import no_price
from cli.cost.prices import PriceTable
from components.cluster.versions import VERSIONS
from host.documents import mapping, sequence

TRAFFIC = "gateways, endpoints and load balancers are priced by the hour alone, without what flows through them"
ALB = "alb.ingress.kubernetes.io"
NLB = "service.beta.kubernetes.io/aws-load-balancer-type"
# Type -> what is counted, and the name of its price where an extract may have it.
USAGE: Mapping[str, tuple[str, str]] = {
    "aws:cloudwatch/logGroup:LogGroup": ("GB of logs taken in and kept", ""),
    "aws:ec2/flowLog:FlowLog": ("GB of flow logs taken in", ""),
    "aws:ecr/repository:Repository": ("GB of images kept", ""),
    "aws:efs/fileSystem:FileSystem": ("GB kept, and GB read and written", prices.EFS_STORAGE),
    "aws:efs/backupPolicy:BackupPolicy": ("GB of backups kept", ""),
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": ("requests of S3 for what is imported", ""),
    "aws:route53/record:Record": ("queries", ""),
    "aws:s3/bucket:Bucket": ("GB kept, and requests", prices.S3_STORAGE),
    "aws:sqs/queue:Queue": ("requests", ""),
    "kubernetes:core/v1:PersistentVolumeClaim": ("what its storage class makes of it", ""),
}
# What costs nothing by itself: its nodes, its bucket or its file system is listed where that is declared.
FREE = frozenset(
    {
        "aws:autoscaling/schedule:Schedule",
        # Events of AWS's own services.
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/placementGroup:PlacementGroup",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:efs/accessPoint:AccessPoint",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "aws:efs/mountTarget:MountTarget",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/addon:Addon",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:kms/alias:Alias",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)
# IAM has no price. Other objects of Kubernetes cost what their nodes do.
FREE_PREFIXES = ("aws:iam/", "kubernetes:", "aifactory:", "pulumi:")


def price(declared: Declared, every: Sequence[Declared], table: PriceTable, today: date) -> Priced:
    """What a resource costs; `every` is all that is declared beside it."""
    region = word(declared.inputs.get("region"))
    if region not in ("", table.region) and not _free(declared.type):
        return _unknown(declared, declared.type, f"it is in {region}, and the prices are of {table.region}")
    if declared.type in (nodes.NODE_GROUP, nodes.NODE_POOL):
        of_nodes = nodes.node_group if declared.type == nodes.NODE_GROUP else nodes.node_pool
        return of_nodes(declared, every, table)
    if declared.type == CLUSTER:
        return _cluster(declared, table, today)
    standing = STANDING.get(declared.type)
    if standing is not None:
        return standing(declared, table)
    if declared.type in USAGE:
        return _usage(declared, table)
    if _free(declared.type):
        return Priced()
    return _unknown(declared, declared.type, "nothing here knows the price of this type")


def _free(kind: str) -> bool:
    return kind in FREE or (kind.startswith(FREE_PREFIXES) and kind not in (*STANDING, *USAGE, nodes.NODE_POOL))


def _item(declared: Declared, table: PriceTable, what: str, name: str, count: int | None) -> Item:
    """So many units of a price."""
    found = table.get(name)
    if found is None or count is None:
        why = no_price(name, table) if found is None else "how many there are is not known yet"
        return Item(urn=declared.urn, type=declared.type, what=what, why=why)
    hourly = found.hourly(Decimal(count))
    return Item(urn=declared.urn, type=declared.type, what=what, hourly=hourly, ceiling=hourly)


def _unknown(declared: Declared, what: str, why: str) -> Priced:
    return Priced(items=(Item(urn=declared.urn, type=declared.type, what=what, why=why),))


def _cluster(declared: Declared, table: PriceTable, today: date) -> Priced:
    items = [_item(declared, table, "1 x EKS cluster", prices.CLUSTER, 1)]
    assumptions: list[str] = []
    # EKS API, UpgradePolicyRequest: EXTENDED where nothing is said.
    chosen = mapping(declared.inputs.get("upgradePolicy")).get("supportType", "EXTENDED")
    if word(chosen) != "STANDARD":
        version = word(declared.inputs.get("version"))
        known = VERSIONS.get(version)
        if known is None:
            why = f"when the support of version {version or 'that EKS chooses'} ends is not known"
            items.append(Item(urn=declared.urn, type=declared.type, what="extended support", why=why))
        elif today > known.standard_support_until:
            items.append(_item(declared, table, "extended support", prices.EXTENDED_SUPPORT, 1))
        else:
            end = known.standard_support_until
            assumptions.append(f"extended support of {declared.name}, from {end} on, is not in it")
    return Priced(items=tuple(items), assumptions=tuple(assumptions))


def _nat_gateway(declared: Declared, table: PriceTable) -> Priced:
    item = _item(declared, table, "1 x NAT gateway", prices.NAT_GATEWAY, 1)
    return Priced(items=(item,), assumptions=(TRAFFIC,))


def _address(declared: Declared, table: PriceTable) -> Priced:
    return Priced(items=(_item(declared, table, "1 x public IPv4 address", prices.PUBLIC_IPV4, 1),))


def _endpoint(declared: Declared, table: PriceTable) -> Priced:
    # EC2 API, CreateVpcEndpoint: a gateway where nothing is said. Gateways have no price.
    kind = declared.inputs.get("vpcEndpointType", "Gateway")
    if kind == "Gateway":
        return Priced()
    if kind != "Interface":
        return _unknown(declared, "VPC endpoint", no_price("endpoints of this kind", table))
    # How many subnets there are is known also where their IDs are not.
    zones = len(sequence(declared.inputs.get("subnetIds"))) or None
    what = f"{'?' if zones is None else zones} x interface endpoint, one a zone"
    return Priced(items=(_item(declared, table, what, prices.INTERFACE_ENDPOINT, zones),), assumptions=(TRAFFIC,))


def _lustre(declared: Declared, table: PriceTable) -> Priced:
    inputs = declared.inputs
    gib = whole(inputs.get("storageCapacity"))
    storage = word(inputs.get("storageType", "SSD"))
    # FSx API, CreateFileSystemLustreConfiguration: SCRATCH_1 where nothing is said.
    deployment = word(inputs.get("deploymentType", "SCRATCH_1"))
    speed = whole(inputs.get("perUnitStorageThroughput"))
    throughput = prices.SCRATCH if deployment.startswith("SCRATCH") else "" if speed is None else str(speed)
    what = f"{'?' if gib is None else gib} GiB of FSx for Lustre, {storage} at {throughput or '?'} MB/s a TiB"
    if not (throughput and storage and deployment):
        return _unknown(declared, what, "its throughput class is not known yet")
    items = [_item(declared, table, what, prices.lustre(storage, throughput), gib)]
    metadata = mapping(inputs.get("metadataConfiguration"))
    if metadata.get("mode") == "USER_PROVISIONED":
        iops = whole(metadata.get("iops"))
        items.append(
            Item(
                urn=declared.urn,
                type=declared.type,
                what=f"{'?' if iops is None else iops} metadata IOPS",
                why=no_price("metadata IOPS of FSx for Lustre", table),
            )
        )
    backups = whole(inputs.get("automaticBackupRetentionDays"))
    usage = (Usage(urn=declared.urn, type=declared.type, what="GB of backups kept"),) if backups else ()
    return Priced(items=tuple(items), usage=usage)


def _key(declared: Declared, table: PriceTable) -> Priced:
    item = _item(declared, table, "1 x KMS key", prices.KEY, 1)
    return Priced(items=(item,), assumptions=("KMS keys are priced as new: each rotation adds to a key's price",))


def _load_balancer(declared: Declared, table: PriceTable) -> Priced:
    return _balancer(declared, table, word(declared.inputs.get("loadBalancerType", "application")))


def _ingress(declared: Declared, table: PriceTable) -> Priced:
    """An ALB, where the class says so; Ingresses of one group share it, and each pays for itself here only once."""
    spec = mapping(declared.inputs.get("spec"))
    return _balancer(declared, table, "application") if spec.get("ingressClassName") == "alb" else Priced()


def _service(declared: Declared, table: PriceTable) -> Priced:
    spec = mapping(declared.inputs.get("spec"))
    if spec.get("type") != "LoadBalancer":
        return Priced()
    annotations = mapping(mapping(declared.inputs.get("metadata")).get("annotations"))
    if spec.get("loadBalancerClass") == "service.k8s.aws/nlb" or annotations.get(NLB) in ("external", "nlb", "nlb-ip"):
        return _balancer(declared, table, "network")
    return _unknown(declared, "load balancer", "which kind its controller makes is not declared")


def _balancer(declared: Declared, table: PriceTable, kind: str) -> Priced:
    name = prices.load_balancer(kind or "unknown")
    item = _item(declared, table, f"1 x {kind} load balancer", name, 1)
    return Priced(items=(item,), assumptions=(TRAFFIC,))


def _usage(declared: Declared, table: PriceTable) -> Priced:
    what, name = USAGE[declared.type]
    if declared.type.endswith(":PersistentVolumeClaim"):
        spec = mapping(declared.inputs.get("spec"))
        # Bound to a volume that is declared itself, or that stands already.
        if spec.get("volumeName") is not None or spec.get("storageClassName") == "":
            return Priced()
    found = table.get(name) if name else None
    rate = f" ({found.usd} USD for each GB a month that is kept)" if found else ""
    return Priced(usage=(Usage(urn=declared.urn, type=declared.type, what=f"{what}{rate}"),))


CLUSTER = "aws:eks/cluster:Cluster"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
STANDING: Mapping[str, Callable[[Declared, PriceTable], Priced]] = {
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/eip:Eip": _address,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:fsx/lustreFileSystem:LustreFileSystem": _lustre,
    "aws:kms/key:Key": _key,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    INGRESS: _ingress,
    "kubernetes:core/v1:Service": _service,
}
