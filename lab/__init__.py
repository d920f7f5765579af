"""The embedded target: one machine as AWS account, object stores, Kubernetes node and Pulumi backend."""
