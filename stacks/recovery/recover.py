"""The recovery itself: what is done, in which order."""

from collections.abc import Iterator
from typing import cast

from stacks.recovery import attrs_files, inventory, locks, orphan_processes
from stacks.recovery.account import Account
from stacks.recovery.document import Document, Entry, Found, stack_of
from stacks.recovery.engine import Engine
from stacks.recovery.tags import Owner

SUBNET = "aws:ec2/subnet:Subnet"
TABLE = "aws:ec2/routeTable:RouteTable"


def recover(engine: Engine, backend: str, stack: str) -> list[str]:
    """Makes a stack ready for its next deployment, whatever became of the last; returns what was done, a line for each.

    Where something was done, that deployment has to look at the cloud first. Raises RecoveryError.

    Idempotent, and safe to be killed itself: the state is changed in one step, and the account only by removing what that
    step could not name.
    """
    done = [*locks.break_stale(backend, stack), *orphan_processes.end(backend), *attrs_files.mend(backend)]
    document = engine.exported()
    if document is None:
        return done
    unfinished = not document.clean
    # What an earlier recovery adopted, where the deployment after it was killed before it had looked.
    done += [f"to be looked at: {urn}" for urn in document.unseen]
    swept = _sweep(document)
    if unfinished or swept:
        done += [*(["settled the operations that were pending"] if unfinished else []), *swept]
        document.settle()
        engine.give_back(document)
    # Now, not at the end of the next deployment: until then it may hold a name or a range of addresses.
    if document.left_over:
        engine.remove(document.left_over)
    return done


def _sweep(document: Document) -> list[str]:
    done: list[str] = []
    seen: set[tuple[str, str, str]] = set()
    for provider in document.providers("aws"):
        account = Account.of(cast("dict[str, object]", provider.get("inputs", {})))
        if account.place in seen:
            continue
        seen.add(account.place)
        reference = f"{provider['urn']}::{provider['id']}"
        owned = inventory.owned(account, stack_of(document))
        existing = {(thing.kind, thing.id) for thing in owned}
        found = [
            Found(urn=owner.urn, id=thing.id, provider=reference)
            for thing in owned
            if (thing.kind, thing.id) not in document.ids and (owner := Owner.of(thing.tags))
        ]
        untagged = list(_untagged(account, document, reference))
        done += document.adopt([*found, *untagged], existing)
        done += _loose(account, document)
    return done


def _untagged(account: Account, document: Document, reference: str) -> Iterator[Found]:
    """What cannot carry tags and was being made: its declared inputs say where to look."""
    for entry in document.pending:
        if entry.get("provider") != reference:
            continue
        identity = _existing_as_declared(account, entry)
        if identity and (str(entry["type"]), identity) not in document.ids:
            yield Found(urn=str(entry["urn"]), id=identity, provider=reference, importable=False)


def _existing_as_declared(account: Account, entry: Entry) -> str:
    """The id of what exists where an entry's inputs say; "" where nothing does."""
    inputs = cast("dict[str, str]", entry.get("inputs", {}))
    match entry["type"]:
        case inventory.ASSOCIATION:
            subnet, table = inputs.get("subnetId"), inputs.get("routeTableId")
            of_table = inventory.associations(account, [table] if table else [])
            return next((one.id for one in of_table if one.subnet == subnet), "")
        case inventory.BLOCK:
            vpc, cidr = inputs.get("vpcId", ""), inputs.get("cidrBlock", "")
            return inventory.block_of(account, vpc, cidr) if vpc and cidr else ""
        case inventory.ATTACHMENT:
            role, policy = inputs.get("role", ""), inputs.get("policyArn", "")
            return f"{role}/{policy}" if inventory.attached(account, role, policy) else ""
        case inventory.BUCKET:
            bucket = inputs.get("bucket", "")
            return bucket if bucket and inventory.bucket_stands(account, bucket) else ""
        case _:
            return ""


def _loose(account: Account, document: Document) -> list[str]:
    """Associations of this stack's subnets with its route tables that the state does not know: their making was reported as failed.

    No tag says which resource such a one is, and a subnet takes no second one. It was made a moment before the deployment
    failed, so nothing relies on it: it is removed, and made again by the next deployment.
    """
    known = document.ids
    tables = [identity for kind, identity in known if kind == TABLE]
    done: list[str] = []
    for one in inventory.associations(account, tables):
        if (SUBNET, one.subnet) in known and (inventory.ASSOCIATION, one.id) not in known:
            account.call("ec2", "disassociate_route_table", AssociationId=one.id)
            done.append(f"removed the association of {one.subnet} with {one.table} ({one.id}), which no resource had")
    return done
