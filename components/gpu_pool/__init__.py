"""Pools of GPU nodes."""
