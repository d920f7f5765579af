"""How an account of a store is made, read back, changed and removed: a user of MinIO, and the one policy that is its own."""

import json
from typing import TYPE_CHECKING, cast

from components.object_store.admin import admin_of, code_of_admin
from components.object_store.spec import is_endpoint
from components.object_store.store import Values, text
from host.documents import mapping, sequence

if TYPE_CHECKING:
    from minio.minioadmin import MinioAdmin

REPLACED_BY = frozenset({"account"})
# What MinIO asks of a secret is 8; these are random, and nobody types them.
FEWEST = 32
ABSENT = frozenset({"XMinioAdminNoSuchUser", "XMinioAdminNoSuchPolicy", "XMinioAdminPolicyChangeAlreadyApplied"})


def violations(inputs: Values) -> dict[str, str]:
    """What is wrong with the inputs, by property; never what the secret is."""
    found: dict[str, str] = {}
    if "account" in inputs and not text(inputs, "account"):
        found["account"] = "an account has a name"
    if "secretKey" in inputs and len(text(inputs, "secretKey")) < FEWEST:
        found["secretKey"] = f"an account's secret has {FEWEST} characters or more"
    if "endpoint" in inputs and not is_endpoint(text(inputs, "endpoint")):
        found["endpoint"] = "an account is made on a MinIO, whose address is a URL of scheme, host and port"
    try:
        good = bool(mapping(json.loads(text(inputs, "policy") or '{"": 0}')))
    except ValueError:
        good = False
    if not good or not inputs.get("policy", True):
        found["policy"] = "an account has a policy, as JSON"
    return found


def normal(inputs: Values) -> Values:
    """Inputs with their defaults, and the policy written in the one way that can be compared with what is read back."""
    values = {"endpoint": "", "profile": "", **{key: value for key, value in inputs.items() if value is not None}}
    try:
        return {**values, "policy": canonical(text(values, "policy"))}
    except ValueError:
        return values


def canonical(policy: str) -> str:
    """A policy with sorted keys and lists; MinIO gives sets back in any order."""

    def ordered(value: object) -> object:
        if isinstance(value, dict):
            return {key: ordered(one) for key, one in mapping(cast("object", value)).items()}
        if isinstance(value, list):
            return sorted(
                map(ordered, sequence(cast("object", value))), key=lambda one: json.dumps(one, sort_keys=True)
            )
        return value

    return json.dumps(ordered(cast("object", json.loads(policy))), sort_keys=True) if policy else ""


def put(inputs: Values) -> str:
    """Makes the account, or brings the one of that name to these inputs; returns its name.

    One of that name is what an ended deployment or a lost state left: names hold the bucket's, which is ours.
    """
    name = text(inputs, "account")
    with admin_of(text(inputs, "endpoint"), text(inputs, "profile")) as admin:
        # The policy first: a user is never there without its limits. A user without a policy may do nothing.
        admin.policy_add(name, policy=mapping(json.loads(text(inputs, "policy"))))  # pyright: ignore[reportUnknownMemberType]
        admin.user_add(name, text(inputs, "secretKey"))
        if _attached(admin, name) != name:
            admin.policy_set(name, user=name)
    return name


def read(name: str, known: Values) -> Values | None:
    """The account as it stands; None where there is none. No store tells a secret: it is the one that is known."""
    found: Values = {}
    with admin_of(text(known, "endpoint"), text(known, "profile")) as admin:
        try:
            user = mapping(json.loads(admin.user_info(name)))
        except Exception as error:
            if code_of_admin(error) in ABSENT:
                return None
            raise
        if user.get("policyName") == name and user.get("status") == "enabled":
            found = mapping(json.loads(admin.policy_info(name)))
    return {
        **{key: text(known, key) for key in ("endpoint", "profile", "secretKey")},
        "account": name,
        # Disabled, or with more rights than its own, it is not what was declared.
        "policy": canonical(json.dumps(found.get("Policy", found))) if found else "",
    }


def delete(name: str, known: Values) -> None:
    """Removes the account and its policy. What holds its keys is refused from then on."""
    with admin_of(text(known, "endpoint"), text(known, "profile")) as admin:
        for remove in (admin.user_remove, admin.policy_remove):
            try:
                remove(name)
            except Exception as error:
                if code_of_admin(error) not in ABSENT:
                    raise


def _attached(admin: "MinioAdmin", name: str) -> object:
    return mapping(json.loads(admin.user_info(name))).get("policyName")
