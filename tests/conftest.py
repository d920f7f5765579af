"""What holds for all tests."""

import gc
import os

from hypothesis import settings

# A busy machine is slow, and no test is about time: that is what benchmarks are for.
settings.register_profile("aifactory", deadline=None)
# For the inner loop: `make check` sets it, `make test` runs the whole.
settings.register_profile("check", parent=settings.get_profile("aifactory"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "aifactory"))

# Thousands of tests and Pulumi's classes live until the end: a collector that walks through all of them again and again
# took a fifth of the time. pytest collects once more at the end, so what is never closed still fails a run.
gc.set_threshold(50_000, 50, 100)


def pytest_collection_finish() -> None:
    """What was loaded until here stays, so the collector does not look at it again."""
    gc.freeze()
