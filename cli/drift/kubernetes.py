"""What stands in the namespaces that a layer declares, and no layer declared: rights, and ways through the network."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cli.drift.beside import Beside
from cli.drift.findings import Difference
from cli.drift.refresh import Comparison, Deployed
from components.errors import FactoryError
from host.documents import Values, mapping, sequence, text
from host.shell import run

NAMESPACE = "kubernetes:core/v1:Namespace"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
KINDS = {"rolebindings": BINDING, "networkpolicies": POLICY}
# Kubernetes, "Default roles and role bindings": it makes these itself, and mends them.
BOOTSTRAPPING = "kubernetes.io/bootstrapping"
EVERYONE = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts")
PATIENCE = "--request-timeout=15s"


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
    known = {(one.type, one.id) for layer in layers for one in layer.resources}
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


def _found(
    cluster: Kubectl, stack: str, namespaces: Sequence[Deployed], known: set[tuple[str, str]]
) -> Iterator[Difference]:
    names = [one.id for one in namespaces]
    for name in names:
        for kind, token in KINDS.items():
            for one in cluster.items(kind, name):
                if not is_foreign(one, token, known):
                    continue
                yield Difference(stack=stack, type=token, name=_id(one), path="", found="present")
    for one in cluster.items("clusterrolebindings"):
        if is_foreign(one, CLUSTER_BINDING, known) and reaches(one, names):
            yield Difference(stack=stack, type=CLUSTER_BINDING, name=_id(one), path="", found="present")


def is_foreign(one: Values, token: str, known: set[tuple[str, str]]) -> bool:
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
