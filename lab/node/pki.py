"""The lab's certificate authority, and the certificates and kubeconfigs that its Kubernetes needs."""

import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cli.home import Home

PORT = 6443
"""Of the Kubernetes API in a lab, whose network is its own."""
# As kubeadm's. Leaves are renewed at each start; the authority never is, for pods hold it.
AUTHORITY_LIFETIME, LEAF_LIFETIME = timedelta(days=3650), timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a certificate speaks for: Kubernetes reads the user from the name and the group from the organisation."""

    file: str
    name: str
    group: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """The cluster that certificates are made for."""

    node: str
    """Name of its node."""
    address: str
    """Of its node, and of its API server."""
    port: int = PORT
    """Of its API server."""

    @property
    def server(self) -> str:
        """Where its API answers."""
        return f"https://{self.address}:{self.port}"


CLIENTS = (
    Subject("admin", "aifactory:admin", "system:masters"),
    Subject("apiserver-kubelet", "aifactory:apiserver", "system:masters"),
    Subject("controller-manager", "system:kube-controller-manager"),
    Subject("scheduler", "system:kube-scheduler"),
    Subject("kube-proxy", "system:kube-proxy"),
    Subject("coredns", "system:coredns"),
    Subject("kwok", "aifactory:kwok"),
    Subject("node-groups", "aifactory:node-groups"),
)
SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")
# First address of the service range: what `kubernetes.default` resolves to.
SERVICE_ADDRESS = "10.96.0.1"


def issue(home: Home, cluster: Cluster) -> None:
    """Makes the authority where there is none yet, and a fresh certificate and kubeconfig for every part."""
    folder = home.credentials / "pki"
    folder.mkdir(mode=0o700, exist_ok=True)
    authority_key, authority = _authority(home)
    if not (folder / "service-accounts.key").exists():
        _write_key(home, "service-accounts", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    node = Subject("kubelet", f"system:node:{cluster.node}", "system:nodes")
    addresses = (cluster.address, SERVICE_ADDRESS, "127.0.0.1")
    for subject in (*CLIENTS, node):
        _leaf(home, subject, authority_key, authority, names=(cluster.node,), addresses=(cluster.address,))
        _kubeconfig(home, cluster, subject)
    _leaf(home, Subject("apiserver", "kube-apiserver"), authority_key, authority, SERVICE_NAMES, addresses)


def certificate(home: Home, name: str) -> Path:
    """Path of the certificate of `name` (a Subject's file, or `ca`)."""
    return home.credentials / "pki" / f"{name}.crt"


def key(home: Home, name: str) -> Path:
    """Path of the private key of `name`."""
    return home.credentials / "pki" / f"{name}.key"


def kubeconfig(home: Home, name: str = "admin") -> Path:
    """Path of the kubeconfig with which `name` speaks to the API server."""
    return home.credentials / f"kubeconfig-{name}"


def _authority(home: Home) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    if key(home, "ca").exists():
        loaded = serialization.load_pem_private_key(key(home, "ca").read_bytes(), None)
        if isinstance(loaded, ec.EllipticCurvePrivateKey):
            return loaded, x509.load_pem_x509_certificate(certificate(home, "ca").read_bytes())
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aifactory lab")])
    signed = (
        _builder(name, name, made.public_key(), AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(made, hashes.SHA256())
    )
    _write_key(home, "ca", made)
    _write_certificate(home, "ca", signed)
    return made, signed


def _leaf(
    home: Home,
    subject: Subject,
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    names: tuple[str, ...],
    addresses: tuple[str, ...],
) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, subject.name)]
    if subject.group:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.group))
    alternatives = [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    signed = (
        _builder(x509.Name(attributes), authority.subject, made.public_key(), LEAF_LIFETIME)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write_key(home, subject.file, made)
    _write_certificate(home, subject.file, signed)


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        # A clock may be set back by hours, e.g. by a time server that was not reached until now.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lifetime)
    )


def _write_key(home: Home, name: str, made: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    home.write_secret(f"pki/{name}.key", pem.decode())


def _write_certificate(home: Home, name: str, signed: x509.Certificate) -> None:
    home.write_secret(f"pki/{name}.crt", signed.public_bytes(serialization.Encoding.PEM).decode())


def _kubeconfig(home: Home, cluster: Cluster, subject: Subject) -> None:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "lab",
                "cluster": {
                    "server": cluster.server,
                    "certificate-authority": str(certificate(home, "ca")),
                },
            }
        ],
        "users": [
            {
                "name": subject.name,
                "user": {
                    "client-certificate": str(certificate(home, subject.file)),
                    "client-key": str(key(home, subject.file)),
                },
            }
        ],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": subject.name, "namespace": "factory"}}],
        "current-context": "lab",
    }
    # YAML is a superset of JSON.
    home.write_secret(kubeconfig(home, subject.file).name, json.dumps(content, indent=1))
