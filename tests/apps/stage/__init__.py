"""Tests of the programs in workloads/stage/app."""
