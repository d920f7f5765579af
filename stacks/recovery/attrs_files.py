"""What a state backend of files notes beside each file, where an engine was killed while it noted it.

The backend replaces the file itself at once, but writes its `.attrs` in place: half-written, the file beside it can no longer
be read (`failed to load checkpoint: EOF`). Without one it is read as it is.
"""

import json
from pathlib import Path

from stacks.recovery.locks import SCHEME


def mend(backend: str) -> list[str]:
    """Removes what is half-written; returns a line for each. A backend that is no folder is left alone.

    Safe beside an engine that writes: it loses a note that it makes again with the next state.
    """
    if not backend.startswith(SCHEME):
        return []
    root = Path(backend.removeprefix(SCHEME)).expanduser() / ".pulumi"
    done: list[str] = []
    for path in sorted(root.rglob("*.attrs")):
        try:
            json.loads(path.read_text())
        except FileNotFoundError:
            continue
        except ValueError:
            path.unlink(missing_ok=True)
            done.append(f"removed {path.name}, which a killed engine left half-written")
    return done
