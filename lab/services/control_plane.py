"""Kubernetes without nodes: etcd, the API server, the controllers and the scheduler.

A lab runs it beside a kubelet; tests of what needs no containers run it alone, on loopback.
"""

import ipaddress
from dataclasses import dataclass

from cli.home import Home
from lab.node import pki
from lab.node.program import Program, answers
from toolchain.install import Toolchain

SERVICE_RANGE = "10.96.0.0/16"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """Where its parts listen beside the API; a lab's network is its own, so there they are the usual ones."""

    etcd: int = 2379
    etcd_peer: int = 2380
    etcd_health: int = 2381
    controller_manager: int = 10257
    scheduler: int = 10259


USUAL = Ports()


def programs(home: Home, toolchain: Toolchain, cluster: pki.Cluster, ports: Ports = USUAL) -> list[Program]:
    """The programs of the control plane, whose certificates `pki.issue` made, in the order of their dependence."""
    client, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.etcd_peer}"
    health = f"http://{cluster.address}:{ports.etcd_health}"
    return [
        Program(
            name="etcd",
            command=(
                *(toolchain.path("etcd"), "--name", "lab", "--data-dir", home.state / "etcd"),
                *("--listen-client-urls", client, "--advertise-client-urls", client),
                *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
                *("--initial-cluster", f"lab={peer}", "--listen-metrics-urls", health),
            ),
            healthy=answers(f"{health}/health"),
        ),
        Program(
            name="kube-apiserver",
            command=(toolchain.path("kube-apiserver"), *_apiserver(home, cluster, client)),
            healthy=answers(f"{cluster.server}/readyz", pki.certificate(home, "ca")),
            endpoint=cluster.server,
            after=("etcd",),
        ),
        Program(
            name="kube-controller-manager",
            command=(
                toolchain.path("kube-controller-manager"),
                f"--kubeconfig={pki.kubeconfig(home, 'controller-manager')}",
                f"--service-account-private-key-file={pki.key(home, 'service-accounts')}",
                f"--root-ca-file={pki.certificate(home, 'ca')}",
                f"--cluster-signing-cert-file={pki.certificate(home, 'ca')}",
                f"--cluster-signing-key-file={pki.key(home, 'ca')}",
                "--use-service-account-credentials",
                "--leader-elect=false",
                f"--bind-address={cluster.address}",
                f"--secure-port={ports.controller_manager}",
            ),
            healthy=answers(f"https://{cluster.address}:{ports.controller_manager}/healthz"),
            after=("kube-apiserver",),
        ),
        Program(
            name="kube-scheduler",
            command=(
                toolchain.path("kube-scheduler"),
                f"--kubeconfig={pki.kubeconfig(home, 'scheduler')}",
                "--leader-elect=false",
                f"--bind-address={cluster.address}",
                f"--secure-port={ports.scheduler}",
            ),
            healthy=answers(f"https://{cluster.address}:{ports.scheduler}/healthz"),
            after=("kube-apiserver",),
        ),
    ]


def _apiserver(home: Home, cluster: pki.Cluster, etcd: str) -> list[str]:
    alone = ipaddress.ip_address(cluster.address).is_loopback
    return [
        f"--etcd-servers={etcd}",
        # Pods come by the lab's link and by the service's address, a lab's own programs by either.
        f"--bind-address={cluster.address if alone else '0.0.0.0'}",
        f"--advertise-address={cluster.address}",
        # Without pods nobody comes by the service `kubernetes`, whose endpoint may not be a loopback address.
        *(["--endpoint-reconciler-type=none"] if alone else []),
        f"--secure-port={cluster.port}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--client-ca-file={pki.certificate(home, 'ca')}",
        f"--tls-cert-file={pki.certificate(home, 'apiserver')}",
        f"--tls-private-key-file={pki.key(home, 'apiserver')}",
        f"--kubelet-client-certificate={pki.certificate(home, 'apiserver-kubelet')}",
        f"--kubelet-client-key={pki.key(home, 'apiserver-kubelet')}",
        f"--kubelet-certificate-authority={pki.certificate(home, 'ca')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-key-file={pki.key(home, 'service-accounts')}",
        f"--service-account-signing-key-file={pki.key(home, 'service-accounts')}",
        "--service-account-issuer=https://kubernetes.default.svc",
    ]
