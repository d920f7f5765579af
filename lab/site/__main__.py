"""The command line of a site: `python -m lab.site up|preview|status|check --env onprem --kubeconfig PATH --s3 URL`."""

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path

from rich.console import Console

from components.faults import SpecError
from components.object_store.provider.store import StoreFault
from lab import status
from lab.errors import LabError
from lab.lifecycle import NAMESPACE
from lab.progress import Progress
from lab.site import factory
from lab.site.options import IMAGES_LOCK, Options
from lab.site.project import engine
from workloads.inference.component import NAME, PORT

HELP = {
    "env": "name of the environment: stacks/config/Pulumi.ENV.{vault,platform,workloads}.yaml configure it",
    "kubeconfig": "the kubeconfig of the cluster that stands",
    "s3": "URL of the S3-compatible store, as pods reach it too",
    "vault-s3": "URL of the vault's store; that of --s3 where neither this nor the configuration names one",
    "offsite-s3": "URL of the off-site store, likewise",
    "profile": "AWS profile of the store; credentials are never given on a command line",
    "vault-profile": "AWS profile of the vault's store",
    "offsite-profile": "AWS profile of the off-site store",
    "registry": "registry that the locked images must be of, e.g. registry.example.org/aifactory",
    "registry-auth": "Docker's config.json with the registry's login, by which nodes pull the images",
    "images-lock": f"file of the images' digests, which `make images` writes; {IMAGES_LOCK} by default",
    "storage-class": "StorageClass of the filesystem that pods share (ReadWriteMany)",
    "local-volume": "folder of the only node in place of a StorageClass; it belongs to user 65532",
    "stores": "folder of the pods' own accounts (stores-objects, stores-protection); else those of the profiles",
    "ca": "PEM of the private authority that signed the stores' certificates, for pods; here AWS_CA_BUNDLE names it",
}

INTERRUPTED = 130


def main() -> int:
    """Runs one command; a user's mistake is one message and exit code 1."""
    arguments = _parser().parse_args()
    options = Options(**{field.name: str(getattr(arguments, field.name) or "").strip() for field in fields(Options)})
    recipe = str(arguments.recipe)
    recipe = str(Path(recipe).resolve()) if "/" in recipe or recipe.endswith(".yaml") else recipe
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    try:
        if options.env != "lab" and factory.is_cloud(options.env):
            return _cloud(options.env, str(arguments.command), console)
        site = factory.site_of(options)
        match arguments.command:
            case "up":
                outcome = factory.up(site, Progress(console), recipe)
                for layer, changes in outcome.changes.items():
                    console.print(f"{site.env}.{layer}: {changes}")
                found = factory.status(site, Progress(console))
                status.summary(found, outcome, console)
                console.print()
                if found.endpoint.startswith("http://127.0.0.1:"):
                    asked = f"kubectl --kubeconfig {site.kubeconfig} --namespace {NAMESPACE} port-forward"
                    console.print(f"No node port answers here: `{asked} service/{NAME} {PORT}` opens the way again.")
            case "status":
                found = factory.status(site, Progress(console))
                if arguments.json:
                    print(json.dumps(found.document(), indent=1))
                else:
                    status.show(found, console)
            case "preview":
                for said in factory.preview(site, Progress(console), recipe).values():
                    console.print(said, markup=False)
            case _:
                factory.check(site, engine(Progress(console)))
                console.print(f"{site.env}: the cluster and the stores can carry the factory")
    except (LabError, SpecError, StoreFault) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted: what stands stays; the same command goes on from there", file=sys.stderr)
        return INTERRUPTED
    return 0


def _cloud(env: str, command: str, console: Console) -> int:
    """The same commands where everything is configuration: no cluster or store is named on the command line."""
    match command:
        case "up":
            for layer, changes in factory.deploy(env, Progress(console)).items():
                console.print(f"{env}.{layer}: {changes}")
        case "preview":
            for said in factory.preview_cloud(env, Progress(console)).values():
                console.print(said, markup=False)
        case _:
            raise LabError(f"ENV = {env}: it is made at a cloud; `up` and `preview` are its commands, and pulumi's own")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab.site", description="The AI factory on a Kubernetes and a store of your own"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in {
        "up": "deploy the layers, run, promote and ask the model",
        "preview": "say what `up` would change",
        "status": "stacks, run, model and protection",
        "check": "ask the cluster and the stores whether they can carry a factory, and change nothing",
    }.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--recipe", default="", help="a recipe's name or the path of its file")
        if name == "status":
            command.add_argument("--json", action="store_true", help="as one JSON document")
        for option, meaning in HELP.items():
            command.add_argument(f"--{option}", default="onprem" if option == "env" else "", help=meaning)
    return parser


if __name__ == "__main__":
    sys.exit(main())
