"""No secret is in a ConfigMap."""

from policies import secrets
from policies.frameworks import Framework
from policies.resource import UNKNOWN, PolicyResource, mapping, text
from policies.rule import Config, Findings, ResourceRule, Severity, Undecided, Violation
from policies.types import K8S_CONFIG_MAP


def _check(resource: PolicyResource, config: Config) -> Findings:
    props = resource.props
    data = props.get("data")
    if data is UNKNOWN:
        yield Undecided("data")
    for key, value in mapping(data).items():
        if value is UNKNOWN:
            yield Undecided(f"data.{key}")
        elif form := secrets.form_of(text(value)):
            yield Violation(f"data.{key}", f"holding {form}", "a ConfigMap holds no secret")
        elif "\n" not in text(value) and secrets.is_held(key, text(value)):
            yield Violation(f"data.{key}", "a secret by its name", "a ConfigMap holds no secret")


RULE = ResourceRule(
    id="k8s-config-map-no-secret",
    title="No secret is in a ConfigMap.",
    why="Everyone who may read a namespace reads its ConfigMaps.",
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
    remedy="move it to a Secret",
    kinds=(K8S_CONFIG_MAP,),
    check=_check,
)
