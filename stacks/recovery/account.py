"""Calls to an AWS account as a provider of the state goes to it: same region, profile and endpoints."""

import json
from collections.abc import Iterable, Mapping
from typing import Protocol, Self, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from components import aws_errors
from stacks.recovery.errors import RecoveryError

# Who may not list a kind of thing has made none of them.
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
# What was listed a moment ago may be gone.
GONE = ("NoSuchEntity", "ResourceNotFoundException", "NotFoundException")


class _Pages(Protocol):
    def build_full_result(self) -> Mapping[str, object]: ...


class _Paginator(Protocol):
    def paginate(self, **arguments: object) -> _Pages: ...


class _Client(Protocol):
    def get_paginator(self, operation: str) -> _Paginator: ...
    def can_paginate(self, operation: str) -> bool: ...


class Account:
    """One account and region."""

    def __init__(self, region: str, profile: str, endpoints: Mapping[str, str]) -> None:
        self._region, self._profile, self._endpoints = region, profile, endpoints
        self._clients: dict[str, _Client] = {}

    @classmethod
    def of(cls, provider: Mapping[str, object]) -> Self:
        """From the inputs of a `pulumi:providers:aws`."""
        listed = provider.get("endpoints")
        # A provider's lists are kept as JSON.
        entries = cast("Iterable[Mapping[str, str]]", json.loads(listed) if isinstance(listed, str) else listed or [])
        endpoints = {service: url for entry in entries for service, url in entry.items() if url}
        return cls(str(provider.get("region") or ""), str(provider.get("profile") or ""), endpoints)

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells one account and region from another, as far as a provider says."""
        return self._region, self._profile, json.dumps(dict(self._endpoints), sort_keys=True)

    def has(self, service: str) -> bool:
        """Whether the provider goes to a service: with endpoints of its own, to those alone."""
        return not self._endpoints or service in self._endpoints

    def listed(self, service: str, operation: str, key: str, **arguments: object) -> list[dict[str, object]]:
        """All that an operation lists under `key`; nothing where that may not be listed."""
        return cast("list[dict[str, object]]", self._answer(service, operation, **arguments).get(key) or [])

    def names(self, service: str, operation: str, key: str, **arguments: object) -> list[str]:
        """All names that an operation lists under `key`."""
        return cast("list[str]", self._answer(service, operation, **arguments).get(key) or [])

    def one(self, service: str, operation: str, key: str, **arguments: object) -> dict[str, object]:
        """What an operation says under `key`."""
        return cast("dict[str, object]", self._answer(service, operation, **arguments).get(key) or {})

    def call(self, service: str, operation: str, **arguments: object) -> None:
        """Does something."""
        self._answer(service, operation, **arguments)

    def _answer(self, service: str, operation: str, **arguments: object) -> Mapping[str, object]:
        try:
            client = self._client(service)
            if client.can_paginate(operation):
                return client.get_paginator(operation).paginate(**arguments).build_full_result()
            return cast("Mapping[str, object]", getattr(client, operation)(**arguments))
        except ClientError as error:
            if aws_errors.code(error) in (*DENIED, *GONE):
                return {}
            raise RecoveryError(
                f"{service} {operation} was refused while looking for what was left: {error}"
            ) from error
        except BotoCoreError as error:
            where = self._endpoints.get(service, "AWS")
            raise RecoveryError(
                f"{service} at {where}: cannot be asked for what was left ({str(error).splitlines()[0]}); "
                "bring it up, or mend the provider's settings"
            ) from error

    def _client(self, service: str) -> _Client:
        if service not in self._clients:
            session = boto3.Session(profile_name=self._profile or None, region_name=self._region or None)
            config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"})
            endpoint = self._endpoints.get(service)
            self._clients[service] = cast("_Client", session.client(service, endpoint_url=endpoint, config=config))
        return self._clients[service]
