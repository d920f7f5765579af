"""The signature of a model's manifest: Ed25519 over its bytes."""

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from workloads.stage.app.error import StageError


def sign(content: bytes, key_file: Path) -> bytes:
    """The signature in base64. Raises StageError where the file holds no Ed25519 key."""
    remedy = "mount the signing key that the factory made"
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise StageError("SIGNING_KEY_FILE", str(key_file), "is a readable private key in PEM", remedy) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise StageError("SIGNING_KEY_FILE", str(key_file), "is an Ed25519 key", remedy)
    return base64.b64encode(key.sign(content))


def is_signed(content: bytes, signature: bytes, key_file: Path) -> bool:
    """Whether the owner of the public key signed these bytes. Raises StageError where the file holds no such key."""
    remedy = "mount the public half of the factory's signing key"
    try:
        key = load_pem_public_key(key_file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise StageError("SIGNING_PUBLIC_KEY_FILE", str(key_file), "is a readable public key in PEM", remedy) from None
    if not isinstance(key, Ed25519PublicKey):
        raise StageError("SIGNING_PUBLIC_KEY_FILE", str(key_file), "is an Ed25519 key", remedy)
    try:
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True
