"""The changes of a bootstrap, made or only listed; and what AWS refused, in one line."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cli.bootstrap.settings import Account
from components.aws_errors import code, message
from components.errors import FactoryError

Made = TypeVar("Made")
TAG = "aifactory:bootstrap"
"""Tag of what was made here; its value is the section's name."""


@dataclass(slots=True)
class Changeset:
    """What a bootstrap changes. Each part asks what exists, and changes only what differs: a second one changes nothing."""

    dry: bool
    """Whether changes are said and not made."""
    changes: list[str] = field(default_factory=list[str])

    def change(self, detail: str, make: Callable[[], Made], unmade: Made) -> Made:
        """Makes a change and returns what it gave; `unmade` where changes are only said."""
        self.changes.append(detail)
        return unmade if self.dry else make()


def client(account: Account, service: str) -> object:
    """A client for the section's account. boto3 reads HTTPS_PROXY, NO_PROXY and AWS_CA_BUNDLE by itself."""
    config = Config(connect_timeout=10, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"})
    session = boto3.Session(profile_name=account.profile or None, region_name=account.region)
    return session.client(service, account.region, config=config)


@contextmanager
def translate_errors(account: Account) -> Generator[None]:
    """Turns what boto3 raises into a FactoryError that names the section, the account's profile and what was asked."""
    where = f"{account.name} (profile {account.profile or 'of the environment'}, {account.region})"
    try:
        yield
    except ClientError as error:
        raise FactoryError(
            f"{where}: {error.operation_name} was refused: {code(error)}: {message(error)}; "
            "run it again with rights to do that: what was made stays and is found again"
        ) from error
    except BotoCoreError as error:
        detail = " ".join(str(error).split())
        raise FactoryError(
            f"{where}: {detail}; check the profile in ~/.aws, and HTTPS_PROXY, NO_PROXY and AWS_CA_BUNDLE where there is a proxy"
        ) from error
