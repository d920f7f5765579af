"""The lab's own Pulumi project."""

import os
from collections.abc import Mapping
from pathlib import Path

from cli import pod_accounts
from cli.callers import callers_file
from cli.engine import Engine
from cli.home import Home
from cli.promotion import promoted, signing_key
from lab.identity import Identity
from lab.node import pki
from lab.services import stores
from lab.services.forward import SERVING_NODE_PORT
from toolchain.install import Toolchain

ENV = "lab"
# The user of the workloads' image.
POD_USER = 65532


class Project(Engine):
    """The lab's stacks."""

    MOTO = True

    def __init__(self, home: Home, identity: Identity, toolchain: Toolchain) -> None:
        super().__init__(home, ENV, toolchain.path("pulumi"))
        self._identity = identity

    def profiles(self) -> Mapping[str, str]:
        return stores.environment(self._home)

    def settings(self, layer: str) -> dict[str, str]:
        def endpoint(profile: str) -> str:
            return stores.endpoint(self._identity, profile)

        return {
            "vault": {
                "vaultEndpoint": endpoint("vault"),
                "offsiteEndpoint": endpoint("offsite"),
                "accountsKeyFile": str(self._home.credentials / pod_accounts.KEY),
            },
            "platform": {
                "accountsKeyFile": str(self._home.credentials / pod_accounts.KEY),
                "awsEndpoint": endpoint("moto"),
                "objectsEndpoint": endpoint("objects"),
                "kubeconfig": str(pki.kubeconfig(self._home)),
                "localVolume": str(shared_volume(self._home)),
            },
            "workloads": {
                "imagesLock": str(images_lock(self._home)),
                "storesFolder": str(self._home.credentials),
                "signingKeyFile": str(signing_key(self._home)),
                "callersFile": str(callers_file(self._home)),
                "model": promoted(self._home),
                "servingNodePort": str(SERVING_NODE_PORT),
            },
        }[layer]


def images_lock(home: Home) -> Path:
    """Where the digests of this lab's images are kept."""
    return home.state / "images.lock.json"


def shared_volume(home: Home) -> Path:
    """The folder that pods share; pods write to it as the user of their image."""
    folder = home.state / "shared"
    if not folder.exists():
        folder.mkdir()
        if os.geteuid() == 0:
            os.chown(folder, POD_USER, POD_USER)
    return folder
