"""What an ML engineer may run. Who makes pods in a namespace may mount its every Secret and take its every account, and
RBAC cannot say otherwise: an admission policy looks into what is made.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

# Of the API's fields those are allowed by name that reach nothing else; a field that a later version adds is refused.
VOLUMES = ("name", "emptyDir", "configMap", "persistentVolumeClaim", "downwardAPI", "secret")
WORKFLOW = (
    *("activeDeadlineSeconds", "arguments", "automountServiceAccountToken", "entrypoint", "imagePullSecrets"),
    *("nodeSelector", "onExit", "parallelism", "podGC", "podMetadata", "podPriorityClassName", "retryStrategy"),
    *("securityContext", "serviceAccountName", "shutdown", "suspend", "templates", "tolerations", "ttlStrategy"),
    *("volumes", "workflowMetadata"),
)
TEMPLATE = (
    *("activeDeadlineSeconds", "automountServiceAccountToken", "container", "dag", "failFast", "initContainers"),
    *("inputs", "metadata", "name", "nodeSelector", "outputs", "parallelism", "retryStrategy", "script"),
    *("securityContext", "steps", "suspend", "timeout", "tolerations", "volumes"),
)
STEP = (
    *("arguments", "continueOn", "dependencies", "depends", "name", "template", "when", "withItems", "withParam"),
    *("withSequence",),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What an ML engineer may run."""

    namespace: str
    groups: tuple[str, ...]
    """Groups of ML engineers; where there are none, nothing is judged."""
    accounts: tuple[str, ...]
    workflow_accounts: tuple[str, ...]
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation:
    """One rule: an expression of CEL that is true of what is let in, and what its maker is told."""

    expression: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A ValidatingAdmissionPolicy. An expression that cannot be evaluated refuses (`failurePolicy: Fail`)."""

    name: str
    kinds: tuple[tuple[str, str, str], ...]
    """API group, version, resource."""
    groups: tuple[str, ...]
    """Of whom it judges the requests."""
    variables: tuple[tuple[str, str], ...]
    validations: tuple[Validation, ...]

    @property
    def condition(self) -> str:
        """Whose requests are judged."""
        return f"request.userInfo.groups.exists(g, g in {_list(self.groups)})"


def policies(run: Run) -> tuple[Policy, ...]:
    """The policies of a namespace; none where nobody is an ML engineer.

    The first also judges what pods of the namespace make: the account of a Workflow makes JobSets, and would make them
    for whoever runs in it.
    """
    if not run.groups:
        return ()
    pods = (f"system:serviceaccounts:{run.namespace}", *run.groups)
    return (
        Policy(
            name=f"aifactory-{run.namespace}-jobs",
            kinds=(("batch", "v1", "jobs"), ("jobset.x-k8s.io", "v1alpha2", "jobsets")),
            groups=pods,
            variables=(
                (
                    "pods",
                    "object.kind == 'Job' ? [object.spec.template.spec] :"
                    " object.spec.replicatedJobs.map(r, r.template.spec.template.spec)",
                ),
                (
                    "containers",
                    "variables.pods.map(p, p.containers)"
                    " + variables.pods.filter(p, has(p.initContainers)).map(p, p.initContainers)",
                ),
                ("volumes", "variables.pods.filter(p, has(p.volumes)).map(p, p.volumes)"),
            ),
            validations=(
                Validation(
                    expression=" && ".join(
                        f"variables.pods.all(p, !has(p.{key}) || p.{key} in {_list(('', 'default', *run.accounts))})"
                        for key in ("serviceAccountName", "serviceAccount")
                    ),
                    message=f"pods of an ML engineer run under the account {_or(run.accounts)}",
                ),
                *_containers_and_volumes(run),
                Validation(
                    expression="variables.pods.all(p, "
                    + " && ".join(f"(!has(p.{key}) || !p.{key})" for key in ("hostNetwork", "hostPID", "hostIPC"))
                    + ")",
                    message="pods of an ML engineer have a network and processes of their own",
                ),
            ),
        ),
        Policy(
            name=f"aifactory-{run.namespace}-workflows",
            kinds=(("argoproj.io", "v1alpha1", "workflows"),),
            groups=run.groups,
            variables=(
                ("templates", "has(object.spec.templates) ? object.spec.templates : []"),
                (
                    "containers",
                    "variables.templates.filter(t, has(t.container)).map(t, [t.container])"
                    " + variables.templates.filter(t, has(t.script)).map(t, [t.script])"
                    " + variables.templates.filter(t, has(t.initContainers)).map(t, t.initContainers)",
                ),
                (
                    "volumes",
                    "variables.templates.filter(t, has(t.volumes)).map(t, t.volumes)"
                    " + (has(object.spec.volumes) ? [object.spec.volumes] : [])",
                ),
            ),
            validations=_workflow(run),
        ),
    )


def _workflow(run: Run) -> tuple[Validation, ...]:
    return (
        Validation(
            expression=_only("object.spec", WORKFLOW),
            message=f"a Workflow of an ML engineer sets of `spec` only {', '.join(WORKFLOW)}",
        ),
        Validation(
            expression="!has(object.spec.serviceAccountName)"
            f" || object.spec.serviceAccountName in {_list(run.workflow_accounts)}",
            message=f"a Workflow of an ML engineer runs under the account {_or(run.workflow_accounts)}",
        ),
        Validation(
            expression=f"variables.templates.all(t, {_only('t', TEMPLATE)})",
            message=f"a template of an ML engineer sets only {', '.join(TEMPLATE)}",
        ),
        Validation(
            expression=f"variables.templates.all(t, !has(t.steps) || t.steps.all(g, g.all(s, {_only('s', STEP)})))"
            f" && variables.templates.all(t, !has(t.dag) || t.dag.tasks.all(s, {_only('s', STEP)}))",
            message=f"a step of an ML engineer sets only {', '.join(STEP)}",
        ),
        Validation(
            # An artifact names a Secret by which its store is reached.
            expression="(!has(object.spec.arguments) || !has(object.spec.arguments.artifacts))"
            " && variables.templates.all(t, (!has(t.inputs) || !has(t.inputs.artifacts))"
            " && (!has(t.outputs) || !has(t.outputs.artifacts))"
            " && (!has(t.dag) || t.dag.tasks.all(s, !has(s.arguments) || !has(s.arguments.artifacts)))"
            " && (!has(t.steps) || t.steps.all(g, g.all(s, !has(s.arguments) || !has(s.arguments.artifacts)))))",
            message="a Workflow of an ML engineer has no artifacts: its programs reach the object store by themselves",
        ),
        *_containers_and_volumes(run),
    )


def _containers_and_volumes(run: Run) -> tuple[Validation, ...]:
    """Of `variables.containers` and `variables.volumes`, both lists of lists."""
    return (
        Validation(
            expression="variables.containers.all(l, l.all(c,"
            " (!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef)))"
            " && (!has(c.envFrom) || c.envFrom.all(f, !has(f.secretRef)))))",
            message="no container of an ML engineer has a Secret in its environment",
        ),
        Validation(
            expression="variables.containers.all(l, l.all(c, !has(c.securityContext)"
            " || !has(c.securityContext.privileged) || !c.securityContext.privileged))",
            message="no container of an ML engineer is privileged",
        ),
        Validation(
            expression=f"variables.volumes.all(l, l.all(v, {_only('v', VOLUMES)}"
            f" && (!has(v.secret) || (has(v.secret.secretName) && v.secret.secretName in {_list(run.secrets)}))))",
            message=f"a volume of an ML engineer is one of {', '.join(VOLUMES[1:-1])}, or the Secret {_or(run.secrets)}",
        ),
    )


def _only(value: str, keys: Sequence[str]) -> str:
    return f"{value}.all(k, k in {_list(keys)})"


def _list(values: Sequence[str]) -> str:
    """A list of CEL; JSON's strings are strings there, too."""
    return json.dumps(list(values))


def _or(values: Sequence[str]) -> str:
    return " or ".join(values)
