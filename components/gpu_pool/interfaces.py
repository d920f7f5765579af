"""The network interfaces of a node: every card that can carry EFA gets one."""

from dataclasses import dataclass

from components.accelerators import Accelerator
from components.violations import Violations


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """One network interface of a node."""

    card: int
    device: int
    """Index of the device on its card: 0 for the node's first interface, 1 on every further card."""
    kind: str
    """EC2's InterfaceType: `interface` (IP alone), `efa` (IP and EFA) or `efa-only`."""


def interfaces_of(accelerator: Accelerator) -> tuple[Interface, ...]:
    """One interface a card that can carry EFA; empty where none can, and the node then has its one by default.

    Card 0 carries IP, and EFA where it can (that of p6-b300 cannot); every further card is EFA alone
    (EC2 user guide, "Maximize network bandwidth with EFA").
    """
    cards = accelerator.network_cards
    if not accelerator.efa_cards:
        return ()
    first = Interface(card=0, device=0, kind="efa" if cards[0].efa else "interface")
    return (first, *(Interface(card=card.index, device=1, kind="efa-only") for card in cards[1:] if card.efa))


def check_interfaces(accelerator: Accelerator, interfaces: tuple[Interface, ...], violations: Violations) -> None:
    """Notes what RunInstances would refuse of the interfaces (EC2 API, NetworkInfo and EfaInfo of
    DescribeInstanceTypes).
    """
    if not interfaces:
        return
    name, remedy = accelerator.instance_type, "python -m components.instance_types asks EC2 for the type's facts anew"
    first = accelerator.network_cards[0].index
    violations.unless(first == 0, "accelerator", name, f"the first network card is 0, and here it is {first}", remedy)
    efa = sum(one.kind != "interface" for one in interfaces)
    limit = accelerator.max_efa_interfaces
    violations.unless(efa <= limit, "accelerator", name, f"EC2 takes {limit} EFA interfaces, not {efa}", remedy)
    limit, count = accelerator.max_interfaces, len(interfaces)
    violations.unless(count <= limit, "accelerator", name, f"EC2 takes {limit} network interfaces, not {count}", remedy)
    for card in accelerator.network_cards:
        used = sum(one.card == card.index for one in interfaces)
        violations.unless(
            used <= card.max_interfaces,
            "accelerator",
            name,
            f"card {card.index} takes {card.max_interfaces} network interfaces, not {used}",
            remedy,
        )
