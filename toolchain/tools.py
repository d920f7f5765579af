"""Which tools the lab needs, and what each is made from. The versions live in each module's `go.mod`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Binary:
    """One program of a tool."""

    name: str
    package: str
    """Go package of its `main`."""
    version_command: tuple[str, ...] = ()
    """Asks a program found on PATH for its version; empty where one from PATH is never taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A publisher's own build, with the address of the SHA-256 the publisher gives for it."""

    url: str
    """`{version}` and `{binary}` are filled in."""
    checksum_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """One Go module of `toolchain/` and the programs built from it."""

    name: str
    module: str
    """The module that is required at the pinned version; its version is the tool's."""
    binaries: tuple[Binary, ...]
    version: str
    """As in `go.mod`."""
    variables: tuple[str, ...] = ()
    """`-ldflags -X` settings; `{version}` is filled in."""
    assets: tuple[str, ...] = ()
    """Folders of the module that the lab installs from, kept beside the programs."""
    added: tuple[tuple[str, str], ...] = ()
    """Source files that the module as served lacks: (file in our folder, package it belongs to)."""
    download: Download | None = None

    @property
    def folder(self) -> Path:
        return MODULES / self.name

    @property
    def digest(self) -> str:
        """What the cache is keyed by: everything that decides the programs' content."""
        total = hashlib.sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            total.update(str(path.relative_to(self.folder)).encode() + b"\0" + path.read_bytes())
        total.update(repr((self.binaries, self.variables, self.assets)).encode())
        return total.hexdigest()[:16]


def pinned(name: str, module: str) -> str:
    """The version at which `go.mod` of `name` requires `module`."""
    for line in (MODULES / name / "go.mod").read_text().splitlines():
        words = line.removeprefix("require").split()
        if words[:1] == [module]:
            return words[1]
    raise ValueError(f"toolchain/{name}/go.mod does not require {module}")


def _kubernetes(name: str, *version_command: str) -> Binary:
    return Binary(name=name, package=f"k8s.io/kubernetes/cmd/{name}", version_command=version_command)


_K8S = "k8s.io/component-base/version"
_ARGO = "github.com/argoproj/argo-workflows/v3"

TOOLS: tuple[Tool, ...] = (
    Tool(
        name="etcd",
        module="go.etcd.io/etcd/server/v3",
        version=pinned("etcd", "go.etcd.io/etcd/server/v3"),
        binaries=(Binary(name="etcd", package="go.etcd.io/etcd/server/v3", version_command=("--version",)),),
    ),
    Tool(
        name="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        version=pinned("pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        binaries=(
            Binary(name="pulumi", package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", version_command=("version",)),
        ),
        variables=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",),
    ),
    Tool(
        name="kubernetes",
        module="k8s.io/kubernetes",
        version=pinned("kubernetes", "k8s.io/kubernetes"),
        binaries=(
            _kubernetes("kube-apiserver", "--version"),
            _kubernetes("kube-controller-manager", "--version"),
            _kubernetes("kube-scheduler", "--version"),
            _kubernetes("kube-proxy", "--version"),
            _kubernetes("kubelet", "--version"),
            _kubernetes("kubectl", "version", "--client"),
        ),
        variables=(f"{_K8S}.gitVersion={{version}}", f"{_K8S}.gitMajor=1", f"{_K8S}.gitMinor=34"),
        download=Download(
            url="https://dl.k8s.io/{version}/bin/linux/amd64/{binary}",
            checksum_url="https://dl.k8s.io/{version}/bin/linux/amd64/{binary}.sha256",
        ),
    ),
    Tool(
        name="minio",
        module="github.com/minio/minio",
        version=pinned("minio", "github.com/minio/minio"),
        binaries=(Binary(name="minio", package="github.com/minio/minio"),),
    ),
    Tool(
        name="coredns",
        module="github.com/coredns/coredns",
        version=pinned("coredns", "github.com/coredns/coredns"),
        binaries=(Binary(name="coredns", package="github.com/coredns/coredns", version_command=("-version",)),),
    ),
    Tool(
        name="jobset",
        module="sigs.k8s.io/jobset",
        version=pinned("jobset", "sigs.k8s.io/jobset"),
        binaries=(Binary(name="manager", package="sigs.k8s.io/jobset"),),
        assets=("config",),
    ),
    Tool(
        name="argo",
        module=_ARGO,
        version=pinned("argo", _ARGO),
        binaries=(
            Binary(name="workflow-controller", package=f"{_ARGO}/cmd/workflow-controller"),
            Binary(name="argoexec", package=f"{_ARGO}/cmd/argoexec"),
        ),
        assets=("manifests",),
        added=(("osspecific/signal_linux.go", f"{_ARGO}/workflow/executor/osspecific"),),
    ),
    Tool(
        name="kwok",
        module="sigs.k8s.io/kwok",
        version=pinned("kwok", "sigs.k8s.io/kwok"),
        binaries=(Binary(name="kwok", package="sigs.k8s.io/kwok/cmd/kwok"),),
    ),
    Tool(
        name="pause",
        module="aifactory.dev/toolchain/pause",
        version="v1",
        binaries=(Binary(name="pause", package="aifactory.dev/toolchain/pause"),),
    ),
)
