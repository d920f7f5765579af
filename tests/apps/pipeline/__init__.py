"""Tests of the programs in workloads/pipeline/app."""
