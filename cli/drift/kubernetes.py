"""What stands in the namespaces that a layer declares, and no layer declared: rights, and ways through the network."""

import json
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.drift.beside import Beside
from cli.drift.findings import Difference
from cli.drift.paths import differing
from cli.drift.refresh import Comparison, Deployed
from cli.drift.weakening import is_judged, weakened
from components.errors import FactoryError
from host.documents import Values, mapping, sequence, text
from host.shell import run

NAMESPACE = "kubernetes:core/v1:Namespace"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
KINDS = {"rolebindings": BINDING, "networkpolicies": POLICY}
# A field of these that nobody declared is no difference to their provider, and may open what is closed where it is absent.
OPENED = {
    "networkpolicies": POLICY,
    "services": "kubernetes:core/v1:Service",
    "deployments.apps": "kubernetes:apps/v1:Deployment",
    "statefulsets.apps": "kubernetes:apps/v1:StatefulSet",
    "daemonsets.apps": "kubernetes:apps/v1:DaemonSet",
}
# Kubernetes, "Default roles and role bindings": it makes these itself, and mends them.
BOOTSTRAPPING = "kubernetes.io/bootstrapping"
EVERYONE = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts")
PATIENCE = "--request-timeout=15s"


Known = Mapping[tuple[str, str], tuple[str, Deployed]]
"""Type and id of what any layer declares -> its stack, and the resource."""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """A cluster, asked by kubectl."""

    command: Sequence[str | Path]

    def items(self, kind: str, namespace: str = "") -> list[Values]:
        """All objects of a kind. Raises FactoryError where the cluster does not say."""
        place = ["--namespace", namespace] if namespace else []
        answer = run([*self.command, "get", kind, *place, "--output", "json", PATIENCE])
        return [mapping(one) for one in sequence(mapping(json.loads(answer)).get("items"))]


def ask(kubectl: Path, layers: Sequence[Comparison], beside: Beside) -> None:
    """Asks each cluster that a layer has namespaces in. What one layer declared is declared for all."""
    known = {(one.type, one.id): (layer.stack, one) for layer in layers for one in layer.resources}
    for layer in layers:
        for provider in dict.fromkeys(one.provider for one in layer.resources if one.type == NAMESPACE):
            mine = [one for one in layer.resources if one.type == NAMESPACE and one.provider == provider]
            kubeconfig = layer.provider_of(mine[0]).get("kubeconfig")
            about = f"{layer.stack}: what else is in {', '.join(one.id for one in mine)}"
            with ExitStack() as stack:
                try:
                    path = _file(kubeconfig, stack)
                except FactoryError as error:
                    beside.unanswered.append(f"{about}: {error}")
                    continue
                cluster = Kubectl((kubectl, "--kubeconfig", path))
                beside.ask(about, partial(_found, cluster, layer.stack, mine, known))


def _found(cluster: Kubectl, stack: str, namespaces: Sequence[Deployed], known: Known) -> Iterator[Difference]:
    names = [one.id for one in namespaces]
    for name in names:
        for kind, token in KINDS.items():
            for one in cluster.items(kind, name):
                if is_foreign(one, token, known):
                    yield Difference(stack=stack, type=token, name=_id(one), path="", found="present")
        for kind, token in OPENED.items():
            for one in cluster.items(kind, name):
                if (token, _id(one)) in known:
                    yield from opened(*known[token, _id(one)], one)
    for one in cluster.items("clusterrolebindings"):
        if is_foreign(one, CLUSTER_BINDING, known) and reaches(one, names):
            yield Difference(stack=stack, type=CLUSTER_BINDING, name=_id(one), path="", found="present")


def opened(stack: str, declared: Deployed, live: Values) -> Iterator[Difference]:
    """What stands in a declared object where nothing is declared, and weakens it."""
    for path, wanted, found in differing(declared.inputs, live, partial(is_judged, declared.type)):
        if path and wanted is None and weakened(declared.type, path, wanted, found):
            yield Difference(stack=stack, type=declared.type, name=declared.name, path=path, found=found)


def is_foreign(one: Values, token: str, known: Container[tuple[str, str]]) -> bool:
    """Whether nobody declared an object, and neither a controller nor Kubernetes made it."""
    metadata = mapping(one.get("metadata"))
    own = metadata.get("ownerReferences") or BOOTSTRAPPING in mapping(metadata.get("labels"))
    allows = token != POLICY or any(mapping(one.get("spec")).get(key) for key in ("ingress", "egress"))
    return not own and allows and (token, _id(one)) not in known


def _id(one: Values) -> str:
    """As the provider has it: `namespace/name`."""
    metadata = mapping(one.get("metadata"))
    return "/".join(filter(None, (text(metadata.get("namespace")), text(metadata.get("name")))))


def reaches(binding: Values, namespaces: Sequence[str]) -> bool:
    """Whether it gives rights to everyone, or to accounts of these namespaces."""
    subjects = [mapping(one) for one in sequence(binding.get("subjects"))]
    return any(
        text(one.get("name")) in EVERYONE
        or text(one.get("namespace")) in namespaces
        or text(one.get("name")) in [f"system:serviceaccounts:{name}" for name in namespaces]
        for one in subjects
    )


def _file(kubeconfig: object, stack: ExitStack) -> Path:
    """The path of a kubeconfig that a provider has by path or by content. Raises FactoryError where it has none to read."""
    given = text(kubeconfig)
    if not given:
        raise FactoryError("the kubeconfig of its provider is secret or not in the state")
    if not given.lstrip().startswith("{") and "\n" not in given:
        return Path(given).expanduser()
    # Only its owner may read a folder of this kind.
    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "kubeconfig"
    path.write_text(given)
    return path
