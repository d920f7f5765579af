"""A private certificate authority, as companies have them, and one server's certificate of it; both for a day."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """Paths of PEM files. The names are those that MinIO looks for in its folder of certificates."""

    authority: Path
    certificate: Path
    key: Path


def issue(folder: Path, names: Sequence[str] = (), addresses: Sequence[str] = ()) -> Issued:
    """A new authority and a certificate of it for these hosts, written into the folder."""
    issued = Issued(authority=folder / "ca.pem", certificate=folder / "public.crt", key=folder / "private.key")
    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a company's own authority")])
    hosts = [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    signed_root = _builder(issuer, issuer, root).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(hosts[0].value))])
    signed_leaf = _builder(subject, issuer, leaf).add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    issued.authority.write_bytes(signed_root.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
    issued.certificate.write_bytes(signed_leaf.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
    issued.key.write_bytes(leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return issued


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
    )
