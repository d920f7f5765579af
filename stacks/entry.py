"""The door to the model as a site configures it."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.accelerators import AwsAccess
from components.entry.args import AwsEntryArgs, ClusterEntryArgs, EntryArgs
from components.entry.component import Entry
from stacks.contracts import PlatformContract
from stacks.names import NAMESPACE
from stacks.providers import aws_provider
from stacks.sections import EntrySection
from stacks.settings import StackName, WorkloadsSettings
from workloads.inference.spec import NAME, PORT

HEALTH = "/health"


def declare_entry(
    stack: StackName,
    settings: WorkloadsSettings,
    platform: PlatformContract,
    kubernetes: k8s.Provider,
    after: Sequence[pulumi.Resource],
) -> None:
    """Declares it, nothing where no host is configured. Raises SpecError with every violation."""
    section = settings.entry
    if not section.get("host"):
        return
    args: EntryArgs = {
        "namespace": NAMESPACE,
        "services": {
            "gateway": {
                "service": NAME,
                "host": section.get("host", ""),
                "port": PORT,
                "health_path": HEALTH,
                # The gateway refuses whoever brings no key.
                "login": "own",
            }
        },
    }
    providers: list[pulumi.ProviderResource] = [kubernetes]
    if platform.region and "ingress_class" not in section:
        args["aws"] = _on_aws(section, platform)
        access = AwsAccess(region=platform.region, endpoint=settings.aws_endpoint, profile=settings.aws_profile)
        providers.append(aws_provider(access, stack))
    else:
        args["cluster"] = _on_cluster(section)
    entry = Entry("entry", args, pulumi.ResourceOptions(providers=providers, depends_on=list(after)))
    pulumi.export("entry", entry.urls)


def _on_aws(section: EntrySection, platform: PlatformContract) -> AwsEntryArgs:
    found: AwsEntryArgs = {
        "region": platform.region,
        "vpc_id": platform.vpc_id,
        "node_security_group_id": platform.node_security_group_id,
        "certificate_arn": section.get("certificate_arn", ""),
        "inbound": section.get("inbound", []),
    }
    if "scheme" in section:
        found["scheme"] = section["scheme"]
    if "ssl_policy" in section:
        found["ssl_policy"] = section["ssl_policy"]
    if "idle_seconds" in section:
        found["idle_seconds"] = section["idle_seconds"]
    if "zone_id" in section:
        found["zone_id"] = section["zone_id"]
    return found


def _on_cluster(section: EntrySection) -> ClusterEntryArgs:
    found: ClusterEntryArgs = {
        "ingress_class": section.get("ingress_class", ""),
        "tls_secret": section.get("tls_secret", ""),
    }
    if "issuer" in section:
        found["issuer"] = section["issuer"]
    return found
