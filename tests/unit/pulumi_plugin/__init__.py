"""Tests of this part alone, without services."""
