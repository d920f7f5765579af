"""The key by which a factory signs its models, and which model it serves where promotion is no pull request."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.home import Home


def signing_key(home: Home) -> Path:
    """The key that this factory signs its models by, made at its first use."""
    path = home.credentials / "signing.pem"
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        home.write_secret(path.name, content.decode())
    return path


def promoted(home: Home) -> str:
    """Digest of the model that is served; "" before the first."""
    path = home.state / "model"
    return path.read_text() if path.exists() else ""


def promote(home: Home, model: str) -> None:
    """Makes a model the served one, in the factory's own folder: elsewhere that is a pull request."""
    (home.state / "model").write_text(model)
