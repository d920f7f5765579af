"""Everyone who may read a pod reads its environment and its commands."""

from collections.abc import Iterator

from policies.resource import PolicyResource, Values, mapping, sequence, text
from policies.rules.workload import argo, secrets
from policies.rules.workload.pods import containers, pods, workflows

REMEDY = "take it from a Secret (valueFrom, or a file)"
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def violations(resource: PolicyResource) -> Iterator[str]:
    """Values that are secrets in plain text; the message never shows one."""
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


def _environment(path: str, container: Values) -> Iterator[str]:
    yield from _pairs(f"{path}.env", container.get("env"))
    for probe in PROBES:
        headers = mapping(mapping(container.get(probe)).get("httpGet")).get("httpHeaders")
        yield from _pairs(f"{path}.{probe}.httpGet.httpHeaders", headers)


def _parameters(path: str, holder: Values) -> Iterator[str]:
    yield from _pairs(f"{path}.parameters", holder.get("parameters"))


def _pairs(path: str, listed: object) -> Iterator[str]:
    for pair in map(mapping, sequence(listed)):
        name = text(pair.get("name"))
        value = text(pair.get("value")) or text(pair.get("default"))
        form = secrets.form_of(value)
        if secrets.is_held(name, value):
            yield f"{path}[{name}] holds a secret in plain text: {REMEDY}"
        elif form:
            yield f"{path}[{name}] holds {form} in plain text: {REMEDY}"


def _commands(path: str, container: Values) -> Iterator[tuple[str, list[str]]]:
    """Path and words of all that a container runs. A flag may be in `command` and its value in `args`."""
    yield f"{path}.args", [*_texts(container.get("command")), *_texts(container.get("args"))]
    yield f"{path}.source", [text(container.get("source"))]
    for probe in PROBES:
        yield f"{path}.{probe}.exec.command", _texts(mapping(mapping(container.get(probe)).get("exec")).get("command"))
    for event, handler in mapping(container.get("lifecycle")).items():
        yield f"{path}.lifecycle.{event}.exec.command", _texts(mapping(mapping(handler).get("exec")).get("command"))


def _command(path: str, words: list[str]) -> Iterator[str]:
    named = list(secrets.in_command(words))
    for name in named:
        yield f"{path} gives {name} a secret in plain text: {REMEDY}"
    if not named:
        for form in sorted({form for word in words if (form := secrets.form_of(word))}):
            yield f"{path} holds {form} in plain text: {REMEDY}"


def _texts(listed: object) -> list[str]:
    return [item for item in sequence(listed) if isinstance(item, str)]
