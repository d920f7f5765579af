"""What to put where, once state, key and role stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from cli.bootstrap.settings import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrapped:
    """What stands for one section."""

    account: Account
    key: str
    """ARN."""
    role: str
    """ARN; "" where the section has no ci."""

    @property
    def backend(self) -> str:
        """As PULUMI_BACKEND_URL takes it.

        S3 takes nothing into a bucket with a default retention that comes without a checksum, and Pulumi sends none by itself.
        """
        return f"s3://{self.account.bucket}?region={self.account.region}&request_checksum_calculation=when_supported"

    @property
    def secrets_provider(self) -> str:
        """As `pulumi stack init --secrets-provider` takes it."""
        return f"awskms:///{self.key}?region={self.account.region}"


def backends(found: Sequence[Bootstrapped]) -> str:
    """The content of `stacks/config/<env>.backends.yaml`."""
    layers = {
        layer: {"backend": one.backend, "secretsProvider": one.secrets_provider}
        for one in found
        for layer in one.account.layers
    }
    return yaml.safe_dump(layers, sort_keys=False, width=200)


def page(env: str, found: Sequence[Bootstrapped]) -> str:
    """Everything, for a person to copy."""
    parts = [f"`make up ENV={env}` reads stacks/config/{env}.backends.yaml:\n\n{_indented(backends(found))}"]
    for one in found:
        first = one.account.layers[0]
        profile = f"AWS_PROFILE={one.account.profile} " if one.account.profile else ""
        parts.append(
            f"{one.account.name}, state of {', '.join(one.account.layers)}:\n\n"
            f"    backend           {one.backend}\n"
            f"    secrets provider  {one.secrets_provider}\n"
            f"    role of CI        {one.role or '(no ci in this section)'}\n\n"
            "A stack is made once, by:\n\n"
            f"    {profile}PULUMI_BACKEND_URL='{one.backend}' \\\n"
            f"      pulumi stack init {env}.{first} --secrets-provider '{one.secrets_provider}'\n"
        )
        if one.account.ci:
            parts.append(f"CI of {', '.join(one.account.layers)}:\n\n{_indented(snippet(env, one))}")
    return "\n".join(parts)


def snippet(env: str, one: Bootstrapped) -> str:
    """What comes into the pipeline's own file."""
    ci, account = one.account.ci, one.account
    if ci is None:
        return ""
    command = f"pulumi preview --stack {env}.{account.layers[0]} --policy-pack policies"
    document: dict[str, object]
    if ci.host == "github":
        document = {
            "permissions": {"id-token": "write", "contents": "read"},
            "env": {"PULUMI_BACKEND_URL": one.backend},
            "steps": [
                {
                    "uses": "aws-actions/configure-aws-credentials@v4",
                    "with": {"role-to-assume": one.role, "aws-region": account.region, "audience": ci.audience},
                },
                {"run": command},
            ],
        }
    else:
        document = {
            "id_tokens": {"AWS_TOKEN": {"aud": ci.audience}},
            "variables": {
                "AWS_ROLE_ARN": one.role,
                "AWS_REGION": account.region,
                "AWS_WEB_IDENTITY_TOKEN_FILE": "$CI_PROJECT_DIR.tmp/aws-token",
                "PULUMI_BACKEND_URL": one.backend,
            },
            "script": [
                'mkdir -p "$(dirname "$AWS_WEB_IDENTITY_TOKEN_FILE")"',
                'printf %s "$AWS_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"',
                command,
            ],
        }
    return yaml.safe_dump(document, sort_keys=False, width=200)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
