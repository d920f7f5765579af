"""The key by which this machine asks the model, and the file of callers that a factory begins with."""

from pathlib import Path

from cli.home import Home
from workloads.access.callers import document, entry, new_key

OPERATOR = "operator"


def key_file(home: Home) -> Path:
    """Holds the operator's key, made at its first use; only its owner may read it."""
    path = home.credentials / f"caller-{OPERATOR}"
    if not path.exists():
        home.write_secret(path.name, new_key())
    return path


def callers_file(home: Home) -> Path:
    """Who may ask the model: the operator alone, until a file of one's own is configured (`aifactory:callersFile`)."""
    return home.write_secret("callers.json", document({OPERATOR: entry(key_file(home).read_text())}))
