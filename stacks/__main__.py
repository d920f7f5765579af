"""Dispatches on the stack's name, `<env>.<layer>[.<team>]`, and says a user's mistake in one message."""

import pulumi

from components.violations import SpecError
from stacks.keys import with_keys
from stacks.recovery import transform
from stacks.settings import StackName


def deploy(stack: StackName) -> None:
    """Runs the layer that the stack names. A layer is imported only when it is run: the vault needs no Kubernetes SDK."""
    match stack.layer:
        case "vault":
            from stacks.layers import vault

            vault.deploy(stack)
        case "platform":
            from stacks.layers import platform

            platform.deploy(stack)
        case _:
            from stacks.layers import workloads

            workloads.deploy(stack)


if __name__ == "__main__":
    try:
        stack = StackName.parse(pulumi.get_stack())
        transform.register()
        deploy(stack)
    except SpecError as error:
        raise pulumi.RunError(str(with_keys(error))) from error
