"""Kubernetes from etcd to a real kubelet: the programs, in the order of their dependence."""

import json
from pathlib import Path

from cli.home import Home
from lab.identity import Identity
from lab.node import pki
from lab.node.program import Program, answers, listens
from lab.node.supervisor import on_path
from lab.services import control_plane
from toolchain.install import Toolchain

PAUSE_IMAGE = "localhost/aifactory/pause:1"
POD_RANGE = "10.244.0.0/24"
"""Of this lab's bridge; it exists only in the lab's network namespace."""
CNI_PLUGINS = Path("/usr/lib/cni")
# Health ports, on the lab's link so that the machine can ask.
KUBELET, KUBE_PROXY, COREDNS = 10248, 10256, 8081


def cluster(identity: Identity) -> pki.Cluster:
    """The lab's own cluster."""
    return pki.Cluster(node=identity.name, address=identity.address)


def containerd_socket(home: Home) -> Path:
    return home.run / "containerd.sock"


def containerd_root(home: Home) -> Path:
    """Images and containers of the node."""
    return home.state / "containerd"


def programs(home: Home, identity: Identity, toolchain: Toolchain) -> list[Program]:
    """Writes the programs' configuration and says how to run them."""
    node = identity.address
    return [
        *control_plane.programs(home, toolchain, cluster(identity)),
        Program(
            name="containerd",
            command=(on_path("containerd"), "--config", _containerd(home)),
            environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            healthy=listens(containerd_socket(home)),
            endpoint=f"unix://{containerd_socket(home)}",
        ),
        Program(
            name="kubelet",
            command=(
                toolchain.path("kubelet"),
                f"--config={_kubelet(home, identity)}",
                f"--kubeconfig={pki.kubeconfig(home, 'kubelet')}",
                f"--hostname-override={identity.name}",
                f"--node-ip={node}",
                f"--root-dir={home.state / 'kubelet'}",
            ),
            environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            healthy=answers(f"http://{node}:{KUBELET}/healthz"),
            after=("kube-apiserver", "containerd"),
        ),
        Program(
            name="kube-proxy",
            command=(toolchain.path("kube-proxy"), f"--config={_kube_proxy(home, identity)}"),
            environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            healthy=answers(f"http://{node}:{KUBE_PROXY}/livez"),
            after=("kube-apiserver",),
        ),
        Program(
            name="coredns",
            command=(toolchain.path("coredns"), "-conf", _corefile(home, identity)),
            healthy=answers(f"http://{node}:{COREDNS}/health"),
            endpoint=f"dns://{node}:53",
            after=("kube-apiserver",),
        ),
    ]


def _containerd(home: Home) -> Path:
    network = {
        "cniVersion": "0.4.0",
        "name": "lab",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "ipMasq": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": POD_RANGE}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    cni = home.write_config("cni/10-lab.conflist", json.dumps(network, indent=1)).parent
    return home.write_config(
        "containerd.toml",
        f"""version = 2
root = "{containerd_root(home)}"
state = "/run/containerd"
[grpc]
  address = "{containerd_socket(home)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  # In a user's container or virtual machine a lower score than one's own may not be set.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PLUGINS}"
    conf_dir = "{cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
""",
    )


def _kubelet(home: Home, identity: Identity) -> Path:
    resolver = home.write_config("resolv.conf", "# Pods resolve the lab's own names only.\n")
    return _json(
        home,
        "kubelet.json",
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(pki.certificate(home, "ca"))},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(pki.certificate(home, "kubelet")),
            "tlsPrivateKeyFile": str(pki.key(home, "kubelet")),
            "address": identity.address,
            "healthzBindAddress": identity.address,
            "containerRuntimeEndpoint": f"unix://{containerd_socket(home)}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{identity.cgroup}",
            "clusterDNS": [identity.address],
            "clusterDomain": "cluster.local",
            "resolvConf": str(resolver),
            "failSwapOn": False,
            # Images come by import, not from a registry: one that is collected cannot be pulled again. On a full disk kubelet would
            # collect them first of all, the pods' sandbox among them, so that it looks at memory alone.
            "imageGCHighThresholdPercent": 100,
            "evictionHard": {"memory.available": "200Mi"},
            # Pods are wanted back soon, not after the default's five minutes.
            "evictionPressureTransitionPeriod": "20s",
            "maxPods": 60,
            "podLogsDir": str(_folder(home.logs / "pods")),
            "containerLogMaxSize": "20Mi",
            "serializeImagePulls": True,
        },
    )


def _kube_proxy(home: Home, identity: Identity) -> Path:
    return _json(
        home,
        "kube-proxy.json",
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "clientConnection": {"kubeconfig": str(pki.kubeconfig(home, "kube-proxy"))},
            "clusterCIDR": POD_RANGE,
            "hostnameOverride": identity.name,
            "healthzBindAddress": f"{identity.address}:{KUBE_PROXY}",
            "metricsBindAddress": "127.0.0.1:10249",
            # These are settings of the whole machine, which a lab leaves alone.
            "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        },
    )


def _corefile(home: Home, identity: Identity) -> Path:
    return home.write_config(
        "Corefile",
        f""".:53 {{
    bind {identity.address}
    errors
    health {identity.address}:{COREDNS}
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {pki.kubeconfig(home, "coredns")}
        ttl 5
    }}
    cache 5
}}
""",
    )


def _json(home: Home, name: str, content: dict[str, object]) -> Path:
    return home.write_config(name, json.dumps(content, indent=1))


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
