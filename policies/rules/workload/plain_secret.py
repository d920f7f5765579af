"""Secrets in plain text.

Everyone who may read a pod reads its environment and its commands.
"""

from collections.abc import Iterator

from policies import argo, secrets
from policies.frameworks import Framework
from policies.pods import KINDS, containers, pods, unknown_places, workflows
from policies.resource import PolicyResource, Values, mapping, sequence, text
from policies.rule import Config, Findings, ResourceRule, Severity, Violation

NO_SECRET = "a pod's environment and commands hold no secret in plain text"
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def check(resource: PolicyResource, config: Config) -> Findings:
    """Values that are secrets in plain text; the message never shows one."""
    yield from unknown_places(resource)
    for at, pod in pods(resource):
        for path, container in containers(at, pod):
            yield from _environment(path, container)
            for where, words in _commands(path, container):
                yield from _command(where, words)
    for path, spec in workflows(resource):
        yield from _parameters(f"{path}.arguments", mapping(spec.get("arguments")))
        for at, template in argo.templates(path, spec):
            yield from _parameters(f"{at}.inputs", mapping(template.get("inputs")))
            for where, step in argo.steps(at, template):
                yield from _parameters(f"{where}.arguments", mapping(step.get("arguments")))


def _environment(path: str, container: Values) -> Findings:
    yield from _pairs(f"{path}.env", container.get("env"))
    for probe in PROBES:
        headers = mapping(mapping(container.get(probe)).get("httpGet")).get("httpHeaders")
        yield from _pairs(f"{path}.{probe}.httpGet.httpHeaders", headers)


def _parameters(path: str, holder: Values) -> Findings:
    yield from _pairs(f"{path}.parameters", holder.get("parameters"))


def _pairs(path: str, listed: object) -> Findings:
    for pair in map(mapping, sequence(listed)):
        name = text(pair.get("name"))
        value = text(pair.get("value")) or text(pair.get("default"))
        form = secrets.form_of(value)
        if secrets.is_held(name, value):
            yield Violation(f"{path}[{name}]", "a secret in plain text", NO_SECRET)
        elif form:
            yield Violation(f"{path}[{name}]", f"{form} in plain text", NO_SECRET)


def _commands(path: str, container: Values) -> Iterator[tuple[str, list[str]]]:
    """Path and words of all that a container runs. A flag may be in `command` and its value in `args`."""
    yield f"{path}.args", [*_texts(container.get("command")), *_texts(container.get("args"))]
    yield f"{path}.source", [text(container.get("source"))]
    for probe in PROBES:
        yield f"{path}.{probe}.exec.command", _texts(mapping(mapping(container.get(probe)).get("exec")).get("command"))
    for event, handler in mapping(container.get("lifecycle")).items():
        yield f"{path}.lifecycle.{event}.exec.command", _texts(mapping(mapping(handler).get("exec")).get("command"))


def _command(path: str, words: list[str]) -> Findings:
    named = list(secrets.in_command(words))
    for name in named:
        yield Violation(path, f"giving {name} a secret in plain text", NO_SECRET)
    if not named:
        for form in sorted({form for word in words if (form := secrets.form_of(word))}):
            yield Violation(path, f"{form} in plain text", NO_SECRET)


def _texts(listed: object) -> list[str]:
    return [item for item in sequence(listed) if isinstance(item, str)]


RULE = ResourceRule(
    id="workload-no-plain-secret",
    title="No secret lies in plain text in a pod's environment, command or arguments.",
    why="Everyone who may read a pod reads its environment and its commands, and so does every log of the API.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("IA-5(7)", "SC-28"),
        Framework.PCI_DSS: ("8.6.2",),
        Framework.SOC_2: ("CC6.1",),
        Framework.ISO_27001: ("A.5.17",),
        Framework.CIS_EKS: ("4.4.1",),
        Framework.KUBESCAPE: ("C-0012",),
        Framework.EU_AI_ACT: ("15(5)",),
        Framework.OWASP_LLM: ("LLM02", "LLM07"),
    },
    remedy="take it from a Secret (valueFrom, or a file)",
    kinds=KINDS,
    check=check,
)
