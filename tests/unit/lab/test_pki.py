"""How long the lab's certificates hold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from cli.home import Home
from lab.node import pki

CLUSTER = pki.Cluster(node="node", address="10.0.0.2")


def read(home: Home, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pki.certificate(home, name).read_bytes())


def test_a_start_renews_what_expires_and_keeps_the_authority_that_pods_hold(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.credentials.mkdir()
    pki.issue(home, CLUSTER)
    authority, kubelet = read(home, "ca"), read(home, "kubelet")
    pki.issue(home, CLUSTER)
    assert read(home, "ca") == authority
    assert read(home, "kubelet").serial_number != kubelet.serial_number
    assert authority.not_valid_after_utc - kubelet.not_valid_after_utc > timedelta(days=8 * 365)


def test_a_clock_that_is_set_back_by_hours_still_trusts_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.credentials.mkdir()
    pki.issue(home, CLUSTER)
    earlier = datetime.now(UTC) - timedelta(hours=12)
    assert all(read(home, name).not_valid_before_utc < earlier for name in ("ca", "apiserver", "kubelet"))
