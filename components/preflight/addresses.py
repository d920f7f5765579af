"""Zones and addresses: where the control plane can be, and what the VPC's blocks would collide with."""

import ipaddress

from components.preflight.findings import About, Finding
from components.preflight.plan import Plan
from components.preflight.questions import NoAnswer, Questions, Vpc
from components.zones import WITHOUT_EKS


def check_zones(plan: Plan, ask: Questions) -> list[Finding]:
    """That the zones are the region's Availability Zones, and EKS can be in them."""
    about = About("zones", value=",".join(plan.zones))
    try:
        found = {zone.name: zone for zone in ask.zones()}
    except NoAnswer as error:
        return [about.not_judged(str(error))]
    good = [zone.name for zone in found.values() if zone.kind == "availability-zone" and zone.id not in WITHOUT_EKS]
    wrong: list[str] = []
    for name in plan.zones:
        zone = found.get(name)
        if zone is None:
            wrong.append(f"EC2 in {plan.region} knows no zone {name}")
        elif zone.kind != "availability-zone":
            wrong.append(f"{name} is a {zone.kind}, and a control plane is in Availability Zones")
        elif zone.id in WITHOUT_EKS:
            wrong.append(f"{name} is {zone.id} in this account, where EKS has no control plane")
    if wrong:
        return [about.failed("; ".join(wrong), f"choose of {', '.join(sorted(good))}")]
    return [about.ok(", ".join(f"{name} is {found[name].id}" for name in plan.zones))]


def check_cidrs(plan: Plan, ask: Questions) -> list[Finding]:
    """That the VPC's blocks overlap none that it is to be connected to, or that is part of a routed network already.

    Isolated VPCs may have the same addresses: an overlap with one is only named.
    """
    if not plan.cidrs:
        return []
    about = About("cidr", value=",".join(plan.cidrs))
    try:
        vpcs = [vpc for vpc in ask.vpcs() if vpc.id != plan.vpc]
    except NoAnswer as error:
        return [about.not_judged(str(error))]
    absent = [peer for peer in plan.peers if peer not in {vpc.id for vpc in vpcs}]
    if absent:
        return [
            about.failed(
                f"the account sees no VPC {', '.join(absent)} in {plan.region}, which the platform is to be connected to",
                f"aws ec2 describe-vpcs --region {plan.region}",
            )
        ]
    overlapping = {vpc.id: found for vpc in vpcs if (found := _overlap(plan, vpc))}
    barred = [vpc for vpc in vpcs if vpc.id in overlapping and (vpc.id in plan.peers or vpc.connected)]
    if barred:
        named = [f"{overlapping[vpc.id]} of {vpc.id} ({vpc.connected or 'to be connected'})" for vpc in barred]
        return [
            about.failed(
                f"addresses that are routed between are used once, and these overlap: {'; '.join(named)}",
                "choose another block"
                + ("" if plan.vpc else "; where that VPC is this platform's own, name it as the platform's VPC"),
            )
        ]
    alone = [f"{cidr} of {name}" for name, cidr in overlapping.items()]
    said = f"; overlaps {', '.join(alone)}, which nothing connects: they can never be peered" if alone else ""
    return [about.ok(f"compared with {len(vpcs)} VPCs" + said)]


def _overlap(plan: Plan, vpc: Vpc) -> str:
    """The VPC's blocks that overlap with the plan's; "" where none does."""
    blocks = [ipaddress.ip_network(cidr) for cidr in plan.cidrs]
    return ", ".join(cidr for cidr in vpc.cidrs if any(ipaddress.ip_network(cidr).overlaps(block) for block in blocks))
