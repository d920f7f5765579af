"""What holds for all tests."""

from hypothesis import settings

# A busy machine is slow, and no test is about time: that is what benchmarks are for.
settings.register_profile("aifactory", deadline=None)
settings.load_profile("aifactory")
