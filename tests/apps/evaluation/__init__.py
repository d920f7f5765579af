"""Tests of the programs of evaluation."""
