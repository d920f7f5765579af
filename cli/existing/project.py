"""A site's own Pulumi project."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from cli import backends
from cli.callers import callers_file
from cli.engine import Engine, is_official
from cli.existing import accounts
from cli.existing.options import Site
from cli.home import Home
from cli.project import declared
from cli.promotion import promoted, signing_key
from components.errors import FactoryError
from components.violations import Violations
from host.cache import REPOSITORY
from host.progress import Progress
from stacks.names import LAYERS
from toolchain.install import Toolchain
from toolchain.tools import TOOLS

# What deploys, without what a lab is made of.
ENGINE = ("pulumi", "pulumi-kubernetes")
CONFIG = REPOSITORY / "stacks" / "config"


class SiteProject(Engine):
    """The stacks of one site."""

    def __init__(self, home: Home, site: Site, pulumi: Path) -> None:
        """Raises SpecError for state backends that are configured wrongly, or whose passphrase is not at hand."""
        super().__init__(home, site.env, pulumi, backends_of(site.env))
        self._site = site

    def profiles(self) -> Mapping[str, str]:
        # The profiles are the user's own; no machine of theirs is asked whether it is Amazon's.
        return {"AWS_EC2_METADATA_DISABLED": "true"}

    def settings(self, layer: str) -> dict[str, str]:
        added = self._site.settings(layer)
        if layer != "workloads":
            key = accounts.kept_key(self._home, self._site)
            return {**added, **({"accountsKeyFile": str(key)} if key else {})}
        return {
            **added,
            "storesFolder": str(self._site.pods or self._home.credentials),
            "signingKeyFile": str(signing_key(self._home)),
            "callersFile": str(
                declared("workloads", self._site.env).get("aifactory:callersFile") or callers_file(self._home)
            ),
            "model": self._site.model or promoted(self._home),
        }


class CloudProject(Engine):
    """The stacks of an environment that is made at a cloud: all of its configuration is the repository's."""

    def __init__(self, home: Home, env: str, pulumi: Path) -> None:
        """Raises SpecError for state backends that are configured wrongly, or whose passphrase is not at hand."""
        super().__init__(home, env, pulumi, backends_of(env))

    def profiles(self) -> Mapping[str, str]:
        return {}

    def settings(self, layer: str) -> dict[str, str]:
        return {}


class OfflineProject(Engine):
    """The stacks of an environment at a cloud without any access: to what is deployed, to the cloud, to secrets."""

    # An address at which nobody answers, which also keeps the official plugin from asking whose credentials these are.
    NOBODY = "http://127.0.0.1:1"

    def __init__(self, home: Home, env: str, pulumi: Path) -> None:
        super().__init__(home, env, pulumi)

    def profiles(self) -> Mapping[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "offline",
            "AWS_SECRET_ACCESS_KEY": "offline",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self._write_profiles()),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def _write_profiles(self) -> Path:
        """The profiles that the configuration names, each without any right."""
        named = [
            str(value)
            for layer in LAYERS
            for key, value in declared(layer, self._env).items()
            if key.endswith("Profile") and value
        ]
        path = self._home.credentials / "offline.config"
        keys = "aws_access_key_id = offline\naws_secret_access_key = offline\n"
        path.write_text("".join(f"[profile {name}]\n{keys}" for name in dict.fromkeys(named)))
        return path

    def settings(self, layer: str) -> dict[str, str]:
        return {"awsEndpoint": self.NOBODY}


def backends_of(env: str) -> Mapping[str, backends.Backend]:
    """Of each layer of an environment. Raises SpecError where they are configured wrongly, or a passphrase is not at hand."""
    found = backends.read(CONFIG / f"{env}.backends.yaml")
    _check_passphrase(env, found)
    return found


def engine(progress: Progress) -> Path:
    """Pulumi: the official one on PATH, else the toolchain's. Raises FactoryError where it cannot be built."""
    found = shutil.which("pulumi")
    # An engine on PATH without its language host runs no Python.
    if found and is_official(Path(found)):
        return Path(found)
    toolchain = Toolchain(tuple(tool for tool in TOOLS if tool.name in ENGINE))
    toolchain.install(progress)
    return toolchain.path("pulumi")


def kubectl() -> Path:
    """The one on PATH, else the lab's. Raises FactoryError where there is neither."""
    if found := shutil.which("kubectl"):
        return Path(found)
    try:
        return Toolchain().path("kubectl")
    except FactoryError:
        raise FactoryError(
            "kubectl: not on PATH; install it (https://kubernetes.io/docs/tasks/tools) and run the command again"
        ) from None


def _check_passphrase(env: str, found: Mapping[str, backends.Backend]) -> None:
    violations = Violations(f"Backends of {env}")
    given = any(name in os.environ for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"))
    for layer, backend in found.items():
        violations.unless(
            given or backend.secrets_provider != backends.PASSPHRASE,
            f"{layer}.secretsProvider",
            backend.secrets_provider,
            "a passphrase is in the environment of whoever deploys",
            "export PULUMI_CONFIG_PASSPHRASE_FILE=PATH",
        )
    violations.raise_if_any()
