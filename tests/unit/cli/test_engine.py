"""What a reviewer reads of a preview."""

from cli.engine import legible

UNCHANGED = """\
Previewing update (lab.vault):
    pulumi:pulumi:Stack aifactory-lab.vault  warning: using pulumi-language-python from $PATH at /bin/pulumi-language-python
Loading policy packs...: starting
Loading policy packs...: done

    pulumi:pulumi:Stack aifactory-lab.vault running warning: using pulumi-resource-aws from $PATH at /bin/pulumi-resource-aws
    pulumi:pulumi:Stack aifactory-lab.vault  2 warnings
Policies:
    ✅ aifactory@v0.0.1 (local: /policies)

Diagnostics:
  pulumi:pulumi:Stack (aifactory-lab.vault):
    warning: using pulumi-language-python from $PATH at /bin/pulumi-language-python
    warning: using pulumi-resource-aws from $PATH at /bin/pulumi-resource-aws

Resources:
    6 unchanged
"""
RUN = "    info: run 6916fd4598c2: will run train, evaluate, register, protect; ingest, clean stand\n"


def test_of_an_unchanged_layer_it_says_so_and_no_more() -> None:
    assert legible(UNCHANGED).split("\n") == [
        "Previewing update (lab.vault):",
        "",
        "Policies:",
        "    ✅ aifactory@v0.0.1 (local: /policies)",
        "",
        "Resources:",
        "    6 unchanged",
    ]


def test_what_the_program_says_stays() -> None:
    said = legible(UNCHANGED.replace("\n\nResources:", f"\n\n{RUN}\nResources:"))
    assert "Diagnostics:\n  pulumi:pulumi:Stack (aifactory-lab.vault):\n\n" + RUN + "\nResources:" in said


def test_another_warning_stays() -> None:
    other = "    warning: aws:ec2/vpc:Vpc is deprecated\n"
    assert other in legible(UNCHANGED.replace("\n\nResources:", f"\n{other}\nResources:"))
