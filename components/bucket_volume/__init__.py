"""A bucket as a folder of pods."""
