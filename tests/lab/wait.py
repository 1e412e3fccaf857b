"""Waiting for conditions, never for time: the only module of the lab that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.02


class Timeout(AssertionError):
    """What was waited for did not come."""


def wait_for(condition: Callable[[], T], seconds: float, what: str | Callable[[], str]) -> T:
    """Polls `condition` until it is true and returns its value; fails after `seconds`.

    `what` names the awaited thing in the failure; as a function it is asked only then, so that it
    can tell how far things had come.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Timeout(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(_POLL_SECONDS)


def wait_until_steady(value: Callable[[], T], seconds: float, quiet: float = 1.0) -> T:
    """The value that stayed the same for `quiet` seconds; for proving that nothing more happens."""
    deadline = time.monotonic() + seconds
    last, since = value(), time.monotonic()
    while time.monotonic() - since < quiet:
        if time.monotonic() >= deadline:
            raise Timeout(f"still changing after {seconds} s: {last}")
        time.sleep(_POLL_SECONDS)
        now = value()
        if now != last:
            last, since = now, time.monotonic()
    return last
