"""GitHub and GitLab, as far as one comment under a pull request needs them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from cli.forge.http import Answer, Api, accepted
from host.documents import mapping, sequence

PER_PAGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A comment that is there."""

    id: str
    author: str
    body: str


class Forge(ABC):
    """One pull request's comments."""

    LIMIT: int
    """Characters of a comment."""

    def __init__(self, api: Api, author: str = "") -> None:
        """`author`: whose comments are ours; asked of the forge where it is ""."""
        self._api = api
        self._author = author

    @abstractmethod
    def comments(self) -> Iterator[Posted]:
        """All of them, over all pages, the oldest first. Raises FactoryError."""

    @abstractmethod
    def create(self, body: str) -> Answer:
        """Adds a comment; the answer is the caller's to judge."""

    @abstractmethod
    def update(self, comment: str, body: str) -> None:
        """Raises FactoryError."""

    def author(self) -> str:
        """Login of whoever the token is."""
        if not self._author:
            self._author = self._asked()
        return self._author

    @abstractmethod
    def _asked(self) -> str: ...


class GitHub(Forge):
    """A pull request's comments are those of its issue."""

    LIMIT = 65_536
    ACTIONS = "github-actions[bot]"

    def __init__(self, api: Api, repository: str, number: str, author: str = "") -> None:
        super().__init__(api, author)
        self._issue = f"/repos/{quote(repository)}/issues"
        self._number = number

    def comments(self) -> Iterator[Posted]:
        path = f"{self._issue}/{self._number}/comments?per_page={PER_PAGE}"
        while path:
            answer = accepted(self._api.ask("GET", path), "comments of the pull request")
            for one in map(mapping, sequence(answer.body)):
                author = str(mapping(one.get("user")).get("login", ""))
                yield Posted(id=str(one.get("id", "")), author=author, body=str(one.get("body") or ""))
            following = re.search(r'<([^>]+)>;\s*rel="next"', answer.headers.get("link", ""))
            path = following.group(1) if following else ""

    def create(self, body: str) -> Answer:
        return self._api.ask("POST", f"{self._issue}/{self._number}/comments", {"body": body})

    def update(self, comment: str, body: str) -> None:
        accepted(self._api.ask("PATCH", f"{self._issue}/comments/{comment}", {"body": body}), "the comment's update")

    def _asked(self) -> str:
        answer = self._api.ask("GET", "/user")
        # The token of a workflow is an app's, which is no user.
        return self.ACTIONS if answer.status in (401, 403) else str(mapping(answer.body).get("login", ""))


class GitLab(Forge):
    """A merge request's notes."""

    LIMIT = 1_000_000

    def __init__(self, api: Api, project: str, number: str, author: str = "") -> None:
        super().__init__(api, author)
        self._notes = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"

    def comments(self) -> Iterator[Posted]:
        page = "1"
        while page:
            path = f"{self._notes}?per_page={PER_PAGE}&page={page}&sort=asc&order_by=created_at"
            answer = accepted(self._api.ask("GET", path), "notes of the merge request")
            for one in map(mapping, sequence(answer.body)):
                author = str(mapping(one.get("author")).get("username", ""))
                yield Posted(id=str(one.get("id", "")), author=author, body=str(one.get("body") or ""))
            page = answer.headers.get("x-next-page", "")

    def create(self, body: str) -> Answer:
        return self._api.ask("POST", self._notes, {"body": body})

    def update(self, comment: str, body: str) -> None:
        accepted(self._api.ask("PUT", f"{self._notes}/{comment}", {"body": body}), "the note's update")

    def _asked(self) -> str:
        answer = accepted(self._api.ask("GET", "/user"), "whose token it is")
        return str(mapping(answer.body).get("username", ""))
