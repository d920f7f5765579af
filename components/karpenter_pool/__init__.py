"""Pools of GPU nodes that Karpenter starts."""
