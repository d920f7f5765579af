"""Builds the images of the workloads and pushes them."""
