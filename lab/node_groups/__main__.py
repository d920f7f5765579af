"""Run by the lab's supervisor: looks at EKS every few seconds and makes the cluster's simulated nodes follow."""

import argparse
import signal
from pathlib import Path
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError

from components.accelerators import AwsAccess
from lab.node_groups.api import Api, ApiError
from lab.node_groups.controller import reconcile
from lab.node_groups.groups import Eks
from lab.node_groups.health import Health, serve
from pulumi_plugin.server import ending

# Seconds between two looks: shorter than anyone waits for a machine, longer than what moto takes to answer.
PACE = 2.0


def main() -> None:
    """Works until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m lab.node_groups")
    parser.add_argument("--kubeconfig", required=True, type=Path)
    parser.add_argument("--region", required=True)
    parser.add_argument("--endpoint", required=True, help="URL of EKS and EC2")
    parser.add_argument("--address", required=True, help="where to answer for its health")
    parser.add_argument("--port", required=True, type=int)
    arguments = parser.parse_args()
    health, end = Health(), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending(end))
    serve(health, arguments.address, arguments.port)
    eks = Eks(AwsAccess(region=arguments.region, endpoint=arguments.endpoint))
    api = Api(arguments.kubeconfig)
    output = ""
    while not end.is_set():
        try:
            found = eks.found()
            for line in reconcile(api, found):
                print(line, flush=True)
            violations = [f"node group {name}: {why}" for name, why in found.violations.items()]
            health.succeeded("\n".join(violations) or "ok")
        except (BotoCoreError, ClientError, ApiError) as error:
            health.failed(str(error))
        # A fault lasts many passes; its log says it once.
        if health.output != output:
            output = health.output
            print(output, flush=True)
        end.wait(PACE)


if __name__ == "__main__":
    main()
