"""Nodes that prove themselves before anything is run on them."""
