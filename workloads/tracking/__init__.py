"""Experiments and registered models: MLflow."""
