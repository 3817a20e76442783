"""Waiting for something to become true, with a deadline. Tests never sleep for a time that is hoped to be enough."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
POLL_SECONDS = 0.01


def wait_for(condition: Callable[[], Value], what: str, seconds: float = 40) -> Value:
    """The first true value of `condition`; AssertionError, naming its last value, when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {seconds} s; last seen: {value!r}")
        time.sleep(POLL_SECONDS)


def stays(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Fails when `condition` is false at any moment of the next `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            raise AssertionError(f"{what} did not stay so for {seconds} s")
        time.sleep(POLL_SECONDS)
