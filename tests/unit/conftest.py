"""What holds for tests of one process, some of which declare resources."""

import asyncio
from functools import cache

import pytest


@cache
def kept_loop() -> asyncio.AbstractEventLoop:
    # One, kept: a loop that is given up unclosed fails whichever test runs when it is collected.
    return asyncio.new_event_loop()


@pytest.fixture(autouse=True)
def event_loop_of_the_thread() -> None:
    """Pulumi's outputs ask the thread for one; a test that ended its own has left none to those after it."""
    try:
        asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(kept_loop())
