"""Names that stacks and the programs around them agree on."""

PROJECT = "aifactory"
LAYERS = ("vault", "platform", "workloads")
"""The layers in the order of their dependence."""
NAMESPACE = "factory"
"""Where the workloads run in Kubernetes."""
