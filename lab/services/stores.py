"""The object stores and the AWS control plane: moto, and three MinIO with disks and credentials of their own."""

import base64
import sys
from pathlib import Path

from cli import pod_accounts
from cli.home import Home
from cli.pod_accounts import Account, Reached
from lab.identity import Identity
from lab.node.program import Program, answers
from toolchain.install import Toolchain

REGION = "eu-central-1"
MOTO_PORT = 5000
STORE_PORTS = {"objects": 9000, "vault": 9100, "offsite": 9200}
"""Store -> port of its S3 API. `objects` is what workloads use, the others hold the copies."""


def programs(home: Home, identity: Identity, toolchain: Toolchain) -> list[Program]:
    """moto and the stores."""
    return [
        moto(identity.address, MOTO_PORT),
        *(_store(home, identity, toolchain, name) for name in STORE_PORTS),
    ]


def moto(address: str, port: int) -> Program:
    """AWS's control plane; it forgets everything when it ends."""
    url = f"http://{address}:{port}"
    return Program(
        name="moto",
        command=(sys.executable, "-m", "moto.server", "-H", address, "-p", str(port)),
        environment={"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
        healthy=answers(f"{url}/moto-api/"),
        endpoint=url,
    )


def endpoint(identity: Identity, profile: str) -> str:
    """Where a profile's API answers, the same from the machine and from a pod."""
    return f"http://{identity.address}:{STORE_PORTS.get(profile, MOTO_PORT)}"


def _store(home: Home, identity: Identity, toolchain: Toolchain, name: str) -> Program:
    disk = home.state / "stores" / name
    disk.mkdir(parents=True, exist_ok=True)
    key = base64.b64encode(bytes.fromhex(home.secret(f"{name}-encryption", 32))).decode()
    return Program(
        name=name,
        command=(
            *(toolchain.path("minio"), "server", "--quiet"),
            *("--address", f"{identity.address}:{STORE_PORTS[name]}", disk),
        ),
        environment={
            "HOME": str(home.state / "stores"),
            "MINIO_BROWSER": "off",
            "MINIO_ROOT_USER": home.secret(f"{name}-user", 10),
            "MINIO_ROOT_PASSWORD": home.secret(f"{name}-password"),
            "MINIO_KMS_SECRET_KEY": f"{name}:{key}",
            "MINIO_REGION": REGION,
        },
        healthy=answers(f"{endpoint(identity, name)}/minio/health/ready"),
        endpoint=endpoint(identity, name),
    )


def write_profiles(home: Home, identity: Identity) -> None:
    """Writes AWS configuration: all profiles for the machine, and for pods the accounts that the stacks make for them."""
    # The lab names each bucket like its store.
    reached = {
        name: Reached(bucket=name, endpoint=endpoint(identity, name), region=REGION) for name in ("moto", *STORE_PORTS)
    }
    own = {
        name: Account(access_key=home.secret(f"{name}-user", 10), secret_key=home.secret(f"{name}-password"))
        for name in reached
    }
    pod_accounts.write_files(home, "aws", reached, own)
    pod_accounts.write(home, reached, home.secret(pod_accounts.KEY, 32))


def profiles_folder(home: Home) -> Path:
    """Folder of the files `credentials` and `config` with every profile."""
    return home.credentials / "aws"


def environment(home: Home) -> dict[str, str]:
    """What makes boto3 and the AWS provider see the lab's profiles and nothing of the user's own account."""
    folder = profiles_folder(home)
    return {
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
