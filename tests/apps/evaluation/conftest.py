"""The store of the pipeline's tests."""

from tests.apps.pipeline.conftest import account, endpoint

__all__ = ["account", "endpoint"]
