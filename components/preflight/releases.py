"""Versions and services that the region has: Kubernetes, add-ons, interface endpoints."""

from components.preflight.findings import About, Finding
from components.preflight.plan import Plan
from components.preflight.questions import NoAnswer, Questions

# eks:DescribeClusterVersions, ClusterVersionInformation.versionStatus.
STANDARD, EXTENDED = "STANDARD_SUPPORT", "EXTENDED_SUPPORT"


def check_version(plan: Plan, ask: Questions) -> list[Finding]:
    """That EKS offers the Kubernetes version, under standard support."""
    if not plan.version:
        return []
    about = About("version", value=plan.version)
    try:
        releases = {release.version: release for release in ask.releases()}
    except NoAnswer as error:
        return [about.not_judged(str(error))]
    standard = sorted((name for name, one in releases.items() if one.support == STANDARD), key=_ordered)
    found = releases.get(plan.version)
    if found is None or found.support not in (STANDARD, EXTENDED):
        return [about.failed("EKS offers no such Kubernetes version", f"choose of {', '.join(standard)}")]
    if found.support == EXTENDED:
        # eks, UpgradePolicyRequest: under STANDARD a cluster is upgraded when standard support ends; EXTENDED costs more.
        return [
            about.failed(
                "its standard support has ended: a cluster under support policy STANDARD is upgraded by EKS by itself",
                f"choose of {', '.join(standard)}",
            )
        ]
    ends = f", until {found.ends.date().isoformat()}" if found.ends else ""
    return [about.ok(f"under standard support{ends}")]


def check_addons(plan: Plan, ask: Questions) -> list[Finding]:
    """That each add-on has a version for the Kubernetes version."""
    return [_check_addon(plan, ask, addon) for addon in plan.addons]


def _check_addon(plan: Plan, ask: Questions, addon: str) -> Finding:
    about = About("addon", addon, plan.version)
    try:
        versions = ask.addon_versions(addon, plan.version)
    except NoAnswer as error:
        return about.not_judged(str(error))
    if not versions:
        return about.failed(
            f"EKS in {plan.region} has no such add-on for Kubernetes {plan.version or 'of any version'}",
            f"aws eks describe-addon-versions --addon-name {addon} --region {plan.region}, or its Helm chart",
        )
    return about.ok(f"{len(versions)} versions")


def check_endpoints(plan: Plan, ask: Questions) -> list[Finding]:
    """That each service has an interface endpoint in every zone of the VPC."""
    if not plan.endpoints:
        return []
    about = About("endpoints", value=",".join(plan.endpoints))
    try:
        zones = ask.endpoint_zones(plan.endpoints)
    except NoAnswer as error:
        return [about.not_judged(str(error))]
    missing = [service for service in plan.endpoints if service not in zones]
    if missing:
        return [
            about.failed(
                f"{plan.region} has no interface endpoint of {', '.join(missing)}: IAM and the Price List have none anywhere",
                "remove them, or give the network a NAT gateway",
            )
        ]
    partial = [
        f"{service} not in {', '.join(lacking)}"
        for service in plan.endpoints
        if (lacking := [zone for zone in plan.zones if zone not in zones[service]])
    ]
    if partial:
        return [about.failed(f"an endpoint is in every zone of the VPC: {'; '.join(partial)}", "choose other zones")]
    return [about.ok(f"{len(plan.endpoints)} services in {', '.join(plan.zones)}")]


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
