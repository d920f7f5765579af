"""What a lab keeps of itself."""

import json
from pathlib import Path

from cli.home import Home
from lab import identity
from lab.identity import Identity


def test_a_lab_that_kept_a_port_of_mlflow_is_still_known(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    known = Identity(name="lab-1", link=7, serving_port=4000)
    identity.write(home, known)
    path = tmp_path / "state" / "identity.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "mlflow_port": 4001}))
    assert identity.read(home) == known
