"""Names that stacks and the programs around them agree on."""

PROJECT = "aifactory"
LAYERS = ("vault", "platform", "workloads")
"""The layers in the order of their dependence."""
NAMESPACE = "factory"
"""Where the workloads run in Kubernetes."""
ENVIRONMENT_TAG, LAYER_TAG = f"{PROJECT}:environment", f"{PROJECT}:layer"
"""Tags by which every resource at AWS says what it belongs to: what bills and permissions go by, and what a destroy left."""
