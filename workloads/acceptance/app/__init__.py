"""The program of an acceptance test."""
