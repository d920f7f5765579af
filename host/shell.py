"""Running a command and turning its failure into a FactoryError that shows the end of what it said."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from components.errors import FactoryError

# Of a failed command's words that are shown.
LINES = 15


def run(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    excerpt: Callable[[str], str] = str,
) -> str:
    """Runs `command` with `env` added to the environment and returns its standard output.

    With `log`, both streams are appended to that file instead, and the result is empty.
    Raises FactoryError where the program is missing or ends with a status other than 0, with the last lines of what it said, or
    of the `excerpt` of that.
    """
    arguments = [str(part) for part in command]
    environment = {**os.environ, **(env or {})}
    try:
        if log is None:
            done = subprocess.run(
                arguments, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, check=False
            )
            output = done.stderr + done.stdout
        else:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a") as stream:
                done = subprocess.run(
                    arguments,
                    cwd=cwd,
                    env=environment,
                    input=stdin,
                    stdout=stream,
                    stderr=stream,
                    text=True,
                    check=False,
                )
            output = log.read_text()
    except FileNotFoundError as error:
        raise FactoryError(f"{arguments[0]}: not found; it is needed for `{' '.join(arguments[:3])}`") from error
    if done.returncode != 0:
        tail = "\n    ".join(excerpt(output).strip().splitlines()[-LINES:])
        where = f"; all of it in {log}" if log else ""
        raise FactoryError(f"`{' '.join(arguments[:4])}` ended with status {done.returncode}{where}:\n    {tail}")
    return "" if log else done.stdout
