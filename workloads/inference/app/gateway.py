"""The door in front of the model server: no answer leaves before its record is on disk, and each record reaches the vault.

Where the spool cannot be written the gateway is not ready and answers nothing: an answer that cannot be accounted for
is not given. Whoever asks has a key; what is asked is known to leave the model server standing.
"""

import os
import sys
from pathlib import Path

import uvicorn
from botocore.exceptions import BotoCoreError

from workloads.inference.app.bounded_http import BoundedHttp
from workloads.inference.app.callers import Callers
from workloads.inference.app.limits import Limits
from workloads.inference.app.proxy import Proxy
from workloads.inference.app.recorder import Recorder
from workloads.inference.app.shipper import Shipper
from workloads.inference.app.spool import Spool, SpoolHeld
from workloads.inference.app.upstream import ModelServer
from workloads.protection.app.locked import offsite, retained_until, vault
from workloads.stage.app.error import StageError
from workloads.stage.app.store import environment

PORT = 8000
REFUSED = 3


def application(model_digest: str, root: Path, server: str, callers: Path) -> Proxy:
    """The gateway of one model. Raises StageError, SpoolHeld or OSError where it cannot start."""
    allowed, limits = Callers(callers), Limits()
    stores = vault(), offsite()
    shipper = Shipper(Spool(root, model_digest), model_digest, *stores)
    return Proxy(
        model_digest=model_digest,
        root=root,
        recorder=Recorder(shipper.spool.append),
        shipper=shipper,
        server=ModelServer(server, limits.most_requests),
        callers=allowed,
        limits=limits,
    )


def configuration(app: Proxy, host: str, port: int) -> uvicorn.Config:
    """How it is served: no route of a framework's own, no limit that health would share."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHttp,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=20,
    )


def main() -> int:
    root = Path(os.environ.get("SPOOL_DIR", "/spool"))
    try:
        retained_until()
        server = os.environ.get("MODEL_SERVER", "http://127.0.0.1:8001")
        app = application(environment("MODEL_DIGEST"), root, server, Path(environment("CALLERS_FILE")))
    except SpoolHeld as error:
        print(f"gateway: {error} is held by another gateway of this model; stop it first", file=sys.stderr)
        return REFUSED
    except (StageError, BotoCoreError, OSError) as error:
        print(f"gateway: {error}".replace("\n", " "), file=sys.stderr)
        return REFUSED
    uvicorn.Server(configuration(app, "0.0.0.0", int(os.environ.get("PORT", PORT)))).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
