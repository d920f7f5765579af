"""Our components against a flat Pulumi program of the same resources: same engine, same plugins, same moto."""

from benchmarks import moto, stacks
from benchmarks.figures import Goal
from benchmarks.record import Failed, Record

ROUNDS = 9
GOAL = Goal("at most", 1.10)
SIDES = ("components", "flat")


def measure(record: Record) -> None:
    """Previews and deploys both from nothing, in turns."""
    stacks.require()
    rounds = 1 if record.quick else ROUNDS
    for operation in ("preview", "up"):
        record.compare(operation, f"{operation}, components", f"{operation}, flat", GOAL)
    record.notes.append(
        "From nothing: an empty state and an empty moto each time. Plugins are those of the lab (boto3), the same on both sides. "
        "Components also ask EC2 for the facts of the instance type and tag what they make with its owner; the flat program has "
        "these facts as numbers."
    )
    with moto.serving() as aws:
        record.say("  once each, not counted: Python compiles and moto loads its services")
        warm = Record(say=lambda line: None)
        kinds = {side: stacks.deploy(warm, side, aws) for side in SIDES}
        if kinds["components"] != kinds["flat"]:
            raise Failed(
                f"the programs do not make the same: {kinds['components'] - kinds['flat']} "
                f"and {kinds['flat'] - kinds['components']} are on one side only"
            )
        record.parameters |= {"resources": kinds["flat"].total(), "rounds": rounds}
        for number in range(rounds):
            record.say(f"  round {number + 1} of {rounds}")
            # Who goes first changes: what follows a deployment is not always the same side.
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                stacks.deploy(record, side, aws)
