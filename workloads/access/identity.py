"""The AWS file `config` by which pods with an identity of their own reach the stores: it names no key."""

import configparser
import io
import re
from collections.abc import Mapping

from components.object_store.identity import OBJECTS, OFFSITE, VAULT
from components.principals import is_role
from components.violations import Violations
from workloads.access.args import IdentityStoreArgs

STORES = (OBJECTS, VAULT, OFFSITE)
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")


def check_identity(violations: Violations, stores: Mapping[str, IdentityStoreArgs]) -> None:
    """Notes stores that are missing or that there are not, and what is no region or no role."""
    violations.unless(
        set(stores) == set(STORES),
        "identity",
        ", ".join(stores),
        f"pods reach these stores: {', '.join(STORES)}",
        "say of each of them, and of no other, in which region it is",
    )
    for name, store in stores.items():
        violations.unless(
            REGION.fullmatch(store["region"]) is not None,
            f"identity.{name}.region",
            store["region"],
            "a region is named as AWS names it",
            "e.g. eu-central-1",
        )
        role = store.get("role_arn", "")
        violations.unless(
            not role or is_role(role),
            f"identity.{name}.role_arn",
            role,
            "a role is named by its ARN",
            "e.g. arn:aws:iam::123456789012:role/NAME, or leave it out where the bucket admits the pods' own role",
        )


def config(stores: Mapping[str, IdentityStoreArgs]) -> str:
    """The file: a profile for each store, as programs name them.

    A profile without a key or a role is who the pod is: botocore goes on along its chain to the endpoint of the Pod
    Identity agent. `EcsContainer` is its name for that endpoint, from which a role is then taken (botocore,
    `ContainerProvider`).
    """
    # A `%` in an ARN's path is a `%`.
    file = configparser.ConfigParser(interpolation=None)
    for name in STORES:
        role = stores[name].get("role_arn", "")
        file[f"profile {name}"] = {
            "region": stores[name]["region"],
            **({"role_arn": role, "credential_source": "EcsContainer"} if role else {}),
        }
    stream = io.StringIO()
    file.write(stream)
    return stream.getvalue()
