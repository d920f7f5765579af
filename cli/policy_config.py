"""How an environment configures the policy pack: a file beside its layers' configuration."""

import json
from pathlib import Path

from components.errors import FactoryError
from host.cache import REPOSITORY
from policies.config import ConfigError
from policies.config_file import PackConfig, parse
from policies.pack import RULES

CONFIG = REPOSITORY / "stacks" / "config"


def config_path(env: str) -> Path | None:
    """`stacks/config/ENV.policies.json`; None where the pack's own levels count."""
    path = CONFIG / f"{env}.policies.json"
    return path if env and path.is_file() else None


def pack_config(path: str, env: str) -> PackConfig:
    """Of a file, or of an environment where `path` is "". Raises FactoryError with all that is wrong with it."""
    found = Path(path) if path else config_path(env)
    if found is None:
        return PackConfig()
    try:
        return parse(json.loads(found.read_text()), RULES)
    except OSError as error:
        raise FactoryError(f"--config = {found}: {error.strerror}; name a file of rules' configuration") from error
    except ValueError as error:
        raise FactoryError(f"--config = {found}: it is no JSON ({error}); write one object of rules") from error
    except ConfigError as error:
        raise FactoryError("\n".join(f"{found.name}: {line}" for line in str(error).splitlines())) from error
