"""The exported state of a stack, and the edits that a recovery makes to it. Pure: neither engine nor cloud."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from stacks.recovery.tags import Owner

Entry = dict[str, object]
"""A resource as the state has it."""
LEFT_OVER = "-left-over-by-a-killed-deployment-"
"""Ends the name of what only waits for its removal: no program declares a resource of that name."""
STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A thing that stands in the cloud and belongs to this stack."""

    urn: str
    id: str
    provider: str
    """Reference of the provider that it was found through, `<urn>::<id>`."""
    importable: bool = True
    """Whether the provider reads it from its id alone; else the declared inputs stand in until they are refreshed."""


@dataclass(slots=True)
class Document:
    """What `pulumi stack export` gives, to be given back to `pulumi stack import`."""

    exported: dict[str, object]

    @property
    def resources(self) -> list[Entry]:
        return cast("list[Entry]", self._deployment.setdefault("resources", []))

    @property
    def pending(self) -> list[Entry]:
        """What was being made, as it was declared: `inputs` are there, an id is not."""
        return [
            cast("Entry", operation["resource"]) for operation in self._operations if operation["type"] == "creating"
        ]

    @property
    def clean(self) -> bool:
        """Whether no operation is pending."""
        return not self._operations

    @property
    def ids(self) -> set[tuple[str, str]]:
        """Type and id of all that the state knows, what it is about to remove included."""
        return {(str(entry["type"]), str(entry.get("id", ""))) for entry in self.resources}

    def providers(self, package: str) -> list[Entry]:
        """The providers of a package."""
        return [entry for entry in self.resources if entry["type"] == f"pulumi:providers:{package}"]

    def settle(self) -> None:
        """Forgets the pending operations: what they made is adopted, what they changed or removed a refresh sees."""
        self._deployment.pop("pending_operations", None)

    def adopt(self, found: Iterable[Found], existing: set[tuple[str, str]]) -> list[str]:
        """Takes things into the state; returns what was done, a line for each.

        `existing` are the type and id of all that was found in the cloud. A resource that the state has no thing for gets
        the one that was found, and so does one whose own thing is gone. Where the state's own stands, the found one is the
        first half of a replacement, and nothing relies on it yet: it becomes a resource of its own, to be removed.
        """
        done: list[str] = []
        declared = {str(entry["urn"]): entry for entry in self.pending}
        for thing in sorted(found, key=lambda one: (one.urn, one.id)):
            place, live = self._live(thing.urn)
            entry = self._entry(thing, declared.get(thing.urn), self.resources[:place])
            if live is None:
                self.resources.append(entry)
                done.append(f"adopted {_short(thing.urn)} ({thing.id})")
            elif (str(live["type"]), str(live.get("id", ""))) in existing:
                self.resources.append({**entry, "urn": f"{thing.urn}{LEFT_OVER}{len(self.left_over)}"})
                done.append(f"removed {_short(thing.urn)} ({thing.id}), of a replacement that did not end")
            else:
                # What depends on it stands behind it, so it takes the same place; what was declared of it stays known.
                self.resources[place] = entry if thing.urn in declared else {**live, "id": thing.id}
                done.append(f"adopted {_short(thing.urn)} ({thing.id}) in place of {live.get('id')}, which is gone")
        return done

    @property
    def unseen(self) -> list[str]:
        """URNs of what was adopted by its tags alone and that no refresh has looked at since: nothing is known of it yet."""
        return [
            str(entry["urn"])
            for entry in self.resources
            if entry.get("id") and not entry.get("outputs") and not str(entry["type"]).startswith("pulumi:")
        ]

    @property
    def left_over(self) -> list[str]:
        """URNs of what only waits for its removal."""
        return [str(entry["urn"]) for entry in self.resources if LEFT_OVER in str(entry["urn"])]

    def _live(self, urn: str) -> tuple[int, Entry | None]:
        """Where a resource stands in the state, and its entry; the end and None where it does not."""
        for place, entry in enumerate(self.resources):
            if entry["urn"] == urn and not entry.get("delete"):
                return place, entry
        return len(self.resources), None

    def _entry(self, thing: Found, declared: Entry | None, before: list[Entry]) -> Entry:
        known = {str(entry["urn"]) for entry in before}
        base = declared or {"custom": True, "inputs": {}, **self._parent(thing.urn)}
        # A dependency is known by its URN, and stands before what depends on it.
        entry: Entry = {
            key: value for key, value in base.items() if key not in ("dependencies", "propertyDependencies", "outputs")
        }
        ours = str(base.get("provider", ""))
        return {
            **entry,
            "urn": thing.urn,
            "type": kind_of(thing.urn),
            "id": thing.id,
            # Without outputs the provider reads it as an import: all of it, whatever was sent before the kill.
            "outputs": {} if thing.importable else base.get("inputs", {}),
            "dependencies": [urn for urn in cast("list[str]", base.get("dependencies", [])) if urn in known],
            "provider": ours if ours.rpartition("::")[0] in known else thing.provider,
        }

    def _parent(self, urn: str) -> Entry:
        """The parent of a resource that only its URN is known of: the one whose types the URN begins with."""
        types = urn.split("::", 3)[2].rpartition("$")[0] or STACK_TYPE
        parents = [str(entry["urn"]) for entry in self.resources if str(entry["urn"]).split("::", 3)[2] == types]
        # A name begins with its parent's, by this project's convention: it tells two components of one type apart.
        name = urn.split("::", 3)[3]
        named = [parent for parent in parents if name.startswith(parent.split("::", 3)[3])]
        chosen = parents if len(parents) == 1 else named
        return {"parent": max(chosen, key=len)} if chosen else {}

    @property
    def _deployment(self) -> dict[str, object]:
        return cast("dict[str, object]", self.exported["deployment"])

    @property
    def _operations(self) -> list[Entry]:
        return cast("list[Entry]", self._deployment.get("pending_operations") or [])


def kind_of(urn: str) -> str:
    """The type token of a URN."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def stack_of(document: Document) -> str:
    """`<project>/<stack>` of a state; "" where nothing was ever deployed."""
    return Owner(str(document.resources[0]["urn"])).stack if document.resources else ""


def _short(urn: str) -> str:
    return f"{kind_of(urn)} {urn.split('::', 3)[3]}"
