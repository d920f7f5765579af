"""Images come from registries that are allowed."""

from policies.expect import expect
from policies.frameworks import Framework
from policies.pods import KINDS, containers, pods, unknown_places
from policies.resource import PolicyResource, text
from policies.rule import Config, Findings, ResourceRule, Severity, names

REGISTRIES = names("registries", (), "Beginnings of names of images that are allowed; every one where it is empty.")


def _check(resource: PolicyResource, config: Config) -> Findings:
    allowed_names = REGISTRIES.of(config)
    if not allowed_names:
        return
    yield from unknown_places(resource)
    for where, pod in pods(resource):
        for path, container in containers(where, pod):
            wanted = f"an image is of {', '.join(allowed_names)}"
            yield from expect(
                container, "image", lambda value: text(value).startswith(allowed_names), wanted, root=path
            )


RULE = ResourceRule(
    id="k8s-image-registry",
    title="Images come from registries that are allowed.",
    why="An image by digest is the same each time, and still a stranger's.",
    severity=Severity.HIGH,
    frameworks={
        Framework.NIST_800_53: ("CM-14", "SI-7", "SR-3"),
        Framework.PCI_DSS: ("6.3.2",),
        Framework.SOC_2: ("CC6.8",),
        Framework.ISO_27001: ("A.8.9",),
        Framework.CIS_EKS: ("5.1.4",),
        Framework.CIS_KUBERNETES: ("5.5.1",),
        Framework.OWASP_LLM: ("LLM03",),
    },
    remedy="mirror the image, or allow its registry by configuration",
    settings=(REGISTRIES,),
    kinds=KINDS,
    check=_check,
)
