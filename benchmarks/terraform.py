"""Preview and up of our components against plan and apply of Terraform with its real AWS provider, on the same moto."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks import moto, stacks
from benchmarks.figures import Goal
from benchmarks.moto import ACCOUNT, Moto
from benchmarks.record import Failed, NotAtHand, Record
from host.documents import mapping, sequence, text

ROUNDS = 5
GOAL = Goal("at most", 0.6)
# The provider waits before it first asks whether a cluster stands; a run that takes longer than this hangs.
PATIENCE = 600
PROVIDER = "terraform-provider-aws_*"
# Where a folder of provider plugins may lie that nobody named; each is laid out as Terraform's own mirror.
USUAL = ("/opt", "/usr/local/share/terraform", "/usr/share/terraform", "/usr/local/lib", "~/.terraform.d")
CONFIG = "empty.tfrc"
MODULE = stacks.PROGRAMS / "terraform" / "main.tf"
# Type of the provider -> of Pulumi.
TYPES = {
    "aws_eks_cluster": "aws:eks/cluster:Cluster",
    "aws_eks_node_group": "aws:eks/nodeGroup:NodeGroup",
    "aws_iam_role": "aws:iam/role:Role",
    "aws_iam_role_policy_attachment": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws_internet_gateway": "aws:ec2/internetGateway:InternetGateway",
    "aws_kms_key": "aws:kms/key:Key",
    "aws_launch_template": "aws:ec2/launchTemplate:LaunchTemplate",
    "aws_route_table": "aws:ec2/routeTable:RouteTable",
    "aws_route_table_association": "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws_security_group": "aws:ec2/securityGroup:SecurityGroup",
    "aws_subnet": "aws:ec2/subnet:Subnet",
    "aws_vpc": "aws:ec2/vpc:Vpc",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Terraform:
    """Terraform, and the folder of its provider plugins."""

    program: Path
    plugins: Path
    provider: str
    """Version of the AWS provider."""

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> "Terraform":
        """Raises NotAtHand where either is not on this machine; nothing is downloaded."""
        program = shutil.which("terraform", path=environment.get("PATH"))
        if program is None:
            raise NotAtHand("there is no `terraform` on PATH")
        named = environment.get("TF_PLUGIN_DIR", "")
        for root in [Path(named)] if named else [Path(place).expanduser() for place in USUAL]:
            # registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5
            for plugin in sorted(root.glob(f"**/hashicorp/aws/*/*/{PROVIDER}")):
                return cls(program=Path(program), plugins=plugin.parents[5], provider=plugin.parents[1].name)
        where = named or ", ".join(USUAL)
        raise NotAtHand(f"no provider plugin hashicorp/aws lies in {where}; name its folder by TF_PLUGIN_DIR")

    @property
    def version(self) -> str:
        done = subprocess.run(
            [str(self.program), "version", "-json"], capture_output=True, text=True, check=False, timeout=60
        )
        return text(mapping(cast("object", json.loads(done.stdout or "{}"))).get("terraform_version"))

    def run(self, folder: Path, endpoint: str, *arguments: str) -> str:
        """What a command says that ends well. Ended early, its provider ends with it. Raises Failed."""
        environment = {
            **os.environ,
            **ACCOUNT,
            "TF_VAR_endpoint": endpoint,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            # Empty: no user's own settings, e.g. of a mirror.
            "TF_CLI_CONFIG_FILE": str(folder / CONFIG),
        }
        process = subprocess.Popen(
            [str(self.program), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if process.returncode:
            raise Failed(f"terraform {arguments[0]} ended with status {process.returncode}: {output.strip()[-1200:]}")
        return output


def measure(record: Record) -> None:
    """Plans and applies on one side, previews and deploys on the other, in turns and each time from nothing."""
    stacks.require()
    terraform = Terraform.found(os.environ)
    rounds = 1 if record.quick else ROUNDS
    record.parameters |= {
        "terraform": terraform.version,
        "provider": f"hashicorp/aws {terraform.provider}",
        "rounds": rounds,
    }
    record.compare("preview beside plan", "preview, components", "plan, Terraform", GOAL)
    record.compare("up beside apply", "up, components", "apply, Terraform", GOAL)
    with moto.serving() as aws:
        record.say("  once each, not counted: Python compiles and moto loads its services")
        warm = Record(say=lambda line: None)
        ours, theirs = stacks.deploy(warm, "components", aws), apply(warm, terraform, aws)
        if differing := (ours - theirs) + (theirs - ours):
            record.notes.append(f"On one side only: {', '.join(sorted(kind for kind in differing))}.")
        record.notes.append(
            "Pulumi's AWS plugin is here the lab's own over boto3, not the official one. Terraform's provider waits seconds of its "
            "own for what moto does at once, e.g. before it first asks whether a cluster stands; on AWS both would wait for minutes."
        )
        record.parameters["resources"] = theirs.total()
        for number in range(rounds):
            record.say(f"  round {number + 1} of {rounds}")
            if number % 2 == 0:
                stacks.deploy(record, "components", aws)
            apply(record, terraform, aws)
            if number % 2:
                stacks.deploy(record, "components", aws)


def apply(record: Record, terraform: Terraform, aws: Moto) -> Counter[str]:
    """Times a plan and its apply of what is not there yet; what it made, by Pulumi's types."""
    with _initialized(terraform, aws) as folder:
        with record.timed("plan, Terraform"):
            terraform.run(folder, aws.endpoint, "plan", "-input=false", "-no-color", "-out=planned")
        with record.timed("apply, Terraform"):
            terraform.run(folder, aws.endpoint, "apply", "-input=false", "-no-color", "planned")
        state = mapping(cast("object", json.loads((folder / "terraform.tfstate").read_text())))
    made: Counter[str] = Counter()
    for resource in map(mapping, sequence(state.get("resources"))):
        kind = text(resource.get("type"))
        made[TYPES.get(kind, kind)] += len(sequence(resource.get("instances")))
    return made


@contextmanager
def _initialized(terraform: Terraform, aws: Moto) -> Generator[Path]:
    """A folder with the module and its provider, on an empty moto."""
    aws.empty()
    with tempfile.TemporaryDirectory(prefix="bench-terraform-") as name:
        folder = Path(name)
        shutil.copy(MODULE, folder)
        (folder / CONFIG).write_text("")
        terraform.run(folder, aws.endpoint, "init", "-input=false", "-no-color", f"-plugin-dir={terraform.plugins}")
        yield folder
