"""Tests of the program of an acceptance test."""
