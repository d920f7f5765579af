"""The registry of a factory's images."""
