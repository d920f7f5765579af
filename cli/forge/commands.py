"""`aifactory comment`: puts what `aifactory preview --format md` wrote under its pull request, in place of the last one."""

import argparse
import os
import re
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from cli.forge.comment import post
from cli.forge.forges import Forge, GitHub, GitLab
from cli.forge.http import Api
from components.errors import FactoryError

HELP = "write a preview's comment under its pull request, or update the one that is there"
GITHUB, GITLAB = "github", "gitlab"
NEEDS: Mapping[str, Mapping[str, str]] = {
    GITHUB: {
        "GITHUB_TOKEN": "a token with `pull-requests: write`",
        "GITHUB_REPOSITORY": "OWNER/NAME",
    },
    GITLAB: {
        "GITLAB_TOKEN": "a project's access token with the scope api, masked; a job's own token cannot write notes",
        "CI_PROJECT_ID": "the project's id or path",
    },
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--forge", choices=tuple(NEEDS), required=True, help="whose API; the token comes by its variable"
    )
    parser.add_argument("--file", required=True, help="what `aifactory preview --format md --out FILE` wrote")
    parser.add_argument("--number", default="", help="of the pull request (default: the one of this job)")
    parser.add_argument("--author", default="", help="whose comment is ours (default: whoever the token is)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Raises FactoryError."""
    path = Path(str(arguments.file))
    try:
        body = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise FactoryError(
            f"--file = {path}: {getattr(error, 'strerror', None) or 'it is no text'}; name a comment"
        ) from error
    forge = forge_of(str(arguments.forge), str(arguments.number), str(arguments.author), os.environ)
    outcome = post(forge, body, _run_number(os.environ))
    folded = f"; {outcome.folded} older ones folded" if outcome.folded else ""
    console.print(f"comment: {outcome.done.value}{folded}")
    return 0


def forge_of(name: str, number: str, author: str, environment: Mapping[str, str]) -> Forge:
    """As the variables of its CI say. Raises FactoryError that names each one that lacks."""
    lacking = [f"{key} ({what})" for key, what in NEEDS[name].items() if not environment.get(key)]
    found = number or _number(name, environment)
    if not re.fullmatch(r"\d+", found):
        lacking.append("--number (of the pull request; this job is of none)")
    if lacking:
        raise FactoryError(f"--forge = {name}: it needs {', '.join(lacking)}; set them and run the command again")
    if name == GITHUB:
        api = Api(
            url=environment.get("GITHUB_API_URL") or "https://api.github.com",
            headers={
                "Authorization": f"Bearer {environment['GITHUB_TOKEN']}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "aifactory",
            },
        )
        return GitHub(api, environment["GITHUB_REPOSITORY"], found, author)
    api = Api(
        url=environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4",
        headers={"PRIVATE-TOKEN": environment["GITLAB_TOKEN"], "User-Agent": "aifactory"},
    )
    return GitLab(api, environment["CI_PROJECT_ID"], found, author)


def _number(name: str, environment: Mapping[str, str]) -> str:
    if name == GITLAB:
        return environment.get("CI_MERGE_REQUEST_IID", "")
    reference = re.fullmatch(r"refs/pull/(\d+)/\w+", environment.get("GITHUB_REF", ""))
    return reference.group(1) if reference else ""


def _run_number(environment: Mapping[str, str]) -> int:
    given = environment.get("GITHUB_RUN_ID") or environment.get("CI_PIPELINE_ID") or ""
    return int(given) if given.isdigit() else 0
