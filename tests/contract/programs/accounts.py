"""A bucket with the accounts of its roles: the component as the layers declare it."""

import pulumi

from components.object_store.component import ObjectStore
from components.object_store.roles import OBJECTS_ROLES
from stacks.accounts import secrets_of

config = pulumi.Config()
ObjectStore(
    "objects",
    {
        "bucket": "objects",
        "endpoint": config.require("endpoint"),
        "accounts": secrets_of("objects", OBJECTS_ROLES, config.get("key") or ""),
    },
)
