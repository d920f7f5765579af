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
    """A publisher's file: one program, or an archive of programs."""

    url: str
    """`{version}` (`v1.2.3`), `{number}` (`1.2.3`), `{arch}` and `{pulumi_arch}` are filled in, as in all that follows."""
    checksums: str = ""
    """Where the publisher lists the file's SHA-256; empty where it lists none, and only a pin in `digests.yaml` will do."""
    program: str = ""
    """Name of the program that the file is; empty for an archive."""
    members: tuple[str, ...] = ()
    """Paths in the archive of the programs that are taken."""


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
    copied: tuple[str, ...] = ()
    """Files of the module that our own `main` embeds, laid beside it before the build."""
    downloads: tuple[Download, ...] = ()
    """What to try before a build; all of them together bring all that the tool is used for."""
    published: str = ""
    """The publisher's release that is downloaded, where it is not `version`."""

    @property
    def release(self) -> str:
        """The publisher's release."""
        return self.published or self.version

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
        if self.copied:
            total.update(repr(self.copied).encode())
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
_K8S_FILES = "https://dl.k8s.io/{version}/bin/linux/{arch}"
_ETCD_FILES = "https://github.com/etcd-io/etcd/releases/download/{version}"
_COREDNS_FILES = "https://github.com/coredns/coredns/releases/download/{version}"
_PULUMI_FILES = "https://get.pulumi.com/releases"
_PULUMI_SUMS = "https://github.com/pulumi/pulumi/releases/download/{version}/pulumi-{number}-checksums.txt"
_PLUGIN = "github.com/pulumi/pulumi-kubernetes/provider/v4"
# As in uv.lock.
_KUBERNETES_SDK = "4.34.2"
_ARGO = "github.com/argoproj/argo-workflows/v3"

TOOLS: tuple[Tool, ...] = (
    Tool(
        name="etcd",
        module="go.etcd.io/etcd/server/v3",
        version=pinned("etcd", "go.etcd.io/etcd/server/v3"),
        binaries=(Binary(name="etcd", package="go.etcd.io/etcd/server/v3", version_command=("--version",)),),
        downloads=(
            Download(
                url=f"{_ETCD_FILES}/etcd-{{version}}-linux-{{arch}}.tar.gz",
                checksums=f"{_ETCD_FILES}/SHA256SUMS",
                members=("etcd-{version}-linux-{arch}/etcd",),
            ),
        ),
    ),
    Tool(
        name="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        version=pinned("pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        binaries=(
            Binary(name="pulumi", package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", version_command=("version",)),
        ),
        variables=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",),
        downloads=(
            Download(
                url=f"{_PULUMI_FILES}/sdk/pulumi-{{version}}-linux-{{pulumi_arch}}.tar.gz",
                checksums=_PULUMI_SUMS,
                # The engine, and what makes it run programs and policies in Python.
                members=tuple(
                    f"pulumi/pulumi{part}"
                    for part in ("", "-language-python", "-language-python-exec", "-analyzer-policy-python")
                ),
            ),
        ),
    ),
    Tool(
        name="pulumi-kubernetes",
        module=_PLUGIN,
        version=pinned("pulumi-kubernetes", _PLUGIN),
        binaries=(Binary(name="pulumi-resource-kubernetes", package="aifactory.dev/toolchain/pulumi-kubernetes"),),
        # The engine warns of a plugin older than the SDK. What comes after the + is the commit that it really is.
        variables=(f"{_PLUGIN}/pkg/version.Version={_KUBERNETES_SDK}+f47bc2d6f199",),
        published=f"v{_KUBERNETES_SDK}",
        downloads=(
            Download(
                url=f"{_PULUMI_FILES}/plugins/pulumi-resource-kubernetes-{{version}}-linux-{{arch}}.tar.gz",
                # What its publisher lists are SHA-1 digests.
                members=("pulumi-resource-kubernetes",),
            ),
        ),
        copied=tuple(f"cmd/pulumi-resource-kubernetes/{name}.json" for name in ("schema", "terraform-mapping")),
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
        downloads=tuple(
            Download(url=f"{_K8S_FILES}/{name}", checksums=f"{_K8S_FILES}/{name}.sha256", program=name)
            for name in (
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "kube-proxy",
                "kubelet",
                "kubectl",
            )
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
        downloads=(
            Download(
                url=f"{_COREDNS_FILES}/coredns_{{number}}_linux_{{arch}}.tgz",
                checksums=f"{_COREDNS_FILES}/coredns_{{number}}_linux_{{arch}}.tgz.sha256",
                members=("coredns",),
            ),
        ),
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
        downloads=(
            Download(
                url="https://github.com/kubernetes-sigs/kwok/releases/download/{version}/kwok-linux-{arch}",
                program="kwok",
            ),
        ),
    ),
    Tool(
        name="pause",
        module="aifactory.dev/toolchain/pause",
        version="v1",
        binaries=(Binary(name="pause", package="aifactory.dev/toolchain/pause"),),
    ),
)
