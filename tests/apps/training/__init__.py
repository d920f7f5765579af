"""Tests of the programs of training."""
